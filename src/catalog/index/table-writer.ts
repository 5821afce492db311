import { INTEGER, LIST, listValue, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import { tableNames, tables, type TableName } from './schema.js';

export type Cell = number | bigint | string | boolean | null;

/** Handing rows over is synchronous: this many take about a millisecond. */
const rowsPerFlush = 2_000;

type Append = (appender: DuckDBAppender, cell: NonNullable<Cell>) => void;

const appendAs: Record<string, Append> = {
  INTEGER: (appender, cell) => appender.appendInteger(cell as number),
  BIGINT: (appender, cell) => appender.appendBigInt(BigInt(cell)),
  VARCHAR: (appender, cell) => appender.appendVarchar(cell as string),
  BOOLEAN: (appender, cell) => appender.appendBoolean(cell as boolean),
};

const columnsOf = new Map<TableName, Append[]>(
  tableNames.map((table) => {
    const types = tables[table].join(', ').split(', ');
    return [
      table,
      types.map((column) => appendAs[column.split(' ')[1] ?? '']).filter((one) => one !== undefined),
    ];
  }),
);

/** Writes rows to all tables in one transaction: other connections see all of it or nothing. */
export class TableWriter {
  readonly #appenders = new Map<TableName, { appender: DuckDBAppender; rows: number }>();

  private constructor(private readonly connection: DuckDBConnection) {}

  static async begin(connection: DuckDBConnection): Promise<TableWriter> {
    await connection.run('BEGIN');
    const writer = new TableWriter(connection);
    for (const table of tableNames)
      writer.#appenders.set(table, { appender: await connection.createAppender(table), rows: 0 });
    return writer;
  }

  append(table: TableName, ...cells: Cell[]): void {
    const open = this.#appenders.get(table);
    const columns = columnsOf.get(table);
    if (!open || columns?.length !== cells.length) throw new RangeError(`Not the columns of ${table}`);
    const { appender } = open;
    for (const [index, append] of columns.entries()) {
      const cell = cells[index] ?? null;
      if (cell === null) appender.appendNull();
      else append(appender, cell);
    }
    appender.endRow();
    open.rows += 1;
    if (open.rows % rowsPerFlush === 0) appender.flushSync();
  }

  /** @param ended rows of `images` that are true until before `version`. */
  async commit(ended: readonly number[], version: number): Promise<void> {
    for (const { appender } of this.#appenders.values()) appender.closeSync();
    if (ended.length > 0)
      await this.connection.run(
        'UPDATE images SET until = $1 WHERE num IN (SELECT unnest($2))',
        [version, listValue(ended)],
        [INTEGER, LIST(INTEGER)],
      );
    await this.connection.run('COMMIT');
  }

  async rollback(): Promise<void> {
    for (const { appender } of this.#appenders.values()) appender.clear();
    await this.connection.run('ROLLBACK');
    for (const { appender } of this.#appenders.values()) appender.closeSync();
  }
}
