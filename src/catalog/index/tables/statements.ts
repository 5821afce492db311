import {
  DuckDBBitValue,
  INTEGER,
  LIST,
  listValue,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResultReader,
} from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import { systemClock } from '../../../time/clock.js';

/** A value that is bound to a query. Text from consumers is always bound, and never part of the query's text. */
export type Bound = string | number | bigint | boolean | readonly number[] | Uint8Array;

/** The number of queries whose plans are kept. Planning takes about as long as running a simple query. */
const mostStatements = 100;

/** A query that was interrupted is interrupted again after this time, until the query ends. */
const interruptEveryMs = 20;

/** One connection with its prepared statements. Runs one query at a time. */
export class Statements {
  readonly #prepared = new LRUCache<string, DuckDBPreparedStatement>({
    max: mostStatements,
    dispose: (statement) => statement.destroySync(),
  });

  constructor(private readonly connection: DuckDBConnection) {}

  /** @param signal interrupts the query. The connection can run the next query afterwards. */
  async run(sql: string, bound: readonly Bound[], signal: AbortSignal): Promise<DuckDBResultReader> {
    const statement = this.#prepared.get(sql) ?? (await this.connection.prepare(sql));
    this.#prepared.set(sql, statement);
    bound.forEach((value, index) => bind(statement, index + 1, value));
    signal.throwIfAborted();
    let cancel: () => void = () => undefined;
    const interrupt = () => {
      this.connection.interrupt();
      // DuckDB forgets an interrupt that comes before the query has begun on its thread. Threads keep real time.
      cancel = systemClock.after(interruptEveryMs, interrupt);
    };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await statement.runAndReadAll();
    } finally {
      signal.removeEventListener('abort', interrupt);
      cancel();
    }
  }

  close(): void {
    this.#prepared.clear();
    this.connection.closeSync();
  }
}

function bind(statement: DuckDBPreparedStatement, index: number, value: Bound): void {
  if (typeof value === 'string') statement.bindVarchar(index, value);
  else if (typeof value === 'boolean') statement.bindBoolean(index, value);
  else if (typeof value === 'bigint') statement.bindBigInt(index, value);
  else if (typeof value === 'number') statement.bindInteger(index, value);
  else if (value instanceof Uint8Array) statement.bindBit(index, bitsOf(value));
  else statement.bindList(index, listValue(value), LIST(INTEGER));
}

/** Whole bytes: the first byte of DuckDB's form tells that no bit is padding. */
function bitsOf(bytes: Uint8Array): DuckDBBitValue {
  const data = new Uint8Array(bytes.length + 1);
  data.set(bytes, 1);
  return new DuckDBBitValue(data);
}
