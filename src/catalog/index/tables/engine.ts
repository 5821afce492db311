import { isNativeError } from 'node:util/types';
import { DuckDBInstance, type DuckDBConnection, type DuckDBResultReader } from '@duckdb/node-api';
import type { Clock } from '../../../time/clock.js';
import { orAborted } from '../../../time/deadline.js';
import type { Waiting } from '../../model/asker.js';
import { ReaderTurns } from './reader-turns.js';
import { Statements, type Bound } from './statements.js';

/** The tables would need more memory than the limit allows. The tables stay as they were before the step. */
export class CatalogFull extends Error {}

/**
 * Number of connections that read. Two queries of one answer run side by side, and a third connection is free for
 * another consumer. One of libuv's four threads stays free of queries.
 */
const readers = 3;

/** The tables as one asker reads them. */
export interface TableReader {
  /** @param bound in the order of `$1`, `$2`, … @returns rows of JavaScript values; BIGINTs as bigints. */
  ask(sql: string, bound: readonly Bound[]): Promise<unknown[][]>;
  /**
   * @returns the only column, as one array. For many rows `ask`, with an array for each row, takes ten times as long.
   */
  askColumn(sql: string, bound: readonly Bound[]): Promise<unknown[]>;
}

/**
 * DuckDB in memory: one connection that writes and a few that read. Each query runs on a thread of libuv's pool.
 * DuckDB reaches no file and no network here, and writes nothing to disk.
 */
export class Engine {
  readonly #turns: ReaderTurns<Statements>;
  #isClosing = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly memoryMiB: number,
    readonly writer: DuckDBConnection,
    private readonly connections: readonly Statements[],
    clock: Clock,
  ) {
    this.#turns = new ReaderTurns(connections, clock);
  }

  static async open(memoryMiB: number, schema: string, clock: Clock): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', {
      // `temp_directory` must stand before `enable_external_access`, because DuckDB refuses it afterwards. The size
      // of 0 KB keeps DuckDB from writing to the directory.
      temp_directory: '',
      max_temp_directory_size: '0KB',
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      memory_limit: `${memoryMiB}MiB`,
      // DuckDB runs each query on one thread of libuv's pool and starts no further threads. The other core serves
      // requests.
      threads: '1',
    });
    const writer = await instance.connect();
    // The database of the instance itself cannot be compressed. This one takes a seventh of the memory, and answers as fast.
    await writer.run(`ATTACH ':memory:' AS catalog (COMPRESS)`);
    await writer.run('USE catalog');
    await writer.run(schema);
    const connections = await Promise.all(
      Array.from({ length: readers }, async () => {
        const connection = await instance.connect();
        await connection.run('USE catalog');
        return new Statements(connection);
      }),
    );
    // The last step: `USE` is a setting too.
    await writer.run('SET lock_configuration = true');
    return new Engine(instance, memoryMiB, writer, connections, clock);
  }

  /** The tables for one question. Each query waits for the turn of the consumer, and ends with the asker's deadline. */
  readerFor(asker: Waiting): TableReader {
    return {
      ask: async (sql, bound) => (await this.#read(sql, bound, asker)).getRowsJS(),
      askColumn: async (sql, bound) => (await this.#read(sql, bound, asker)).getColumnsJS()[0] ?? [],
    };
  }

  #read(sql: string, bound: readonly Bound[], asker: Waiting): Promise<DuckDBResultReader> {
    if (this.#isClosing) return Promise.reject(new Error('The catalog is closed'));
    const { signal } = asker.deadline;
    const run = this.#turns.run(asker, (statements) =>
      this.guarded(() => statements.run(sql, bound, signal)),
    );
    // An interrupted query ends a moment later. The asker does not wait for this, and the reader does.
    return orAborted(run, signal);
  }

  /** Runs the action. @throws CatalogFull instead of DuckDB's error for used-up memory. */
  async guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      throw new CatalogFull(`The catalog's tables need more than ${this.memoryMiB} MiB`, { cause: error });
    }
  }

  /** Refuses new queries, waits for the running queries, and closes the connections. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#turns.idle();
    for (const statements of this.connections) statements.close();
    this.writer.closeSync();
    this.instance.closeSync();
  }
}

function isOutOfMemory(error: unknown): boolean {
  // `instanceof Error` does not work here: DuckDB's addon may create its errors in another realm (JavaScript
  // context).
  return (
    isNativeError(error) && /out of memory|(failed to|could not) (allocate|offload|pin)/i.test(error.message)
  );
}
