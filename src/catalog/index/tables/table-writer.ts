import {
  BIGINT,
  BOOLEAN,
  DuckDBDataChunk,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import { tableNames, tables, type ColumnType, type TableName } from './schema.js';

/** The integers of the parsers fit an int64, which a BIGINT holds. */
export type Cell = number | bigint | string | boolean | null;

/** The number of rows in one of DuckDB's vectors. One call of the addon hands over a whole column of a chunk. */
export const rowsPerChunk = 2_048;
/** Handing rows over to DuckDB blocks the event loop. This number of chunks takes about a millisecond. */
const chunksPerFlush = 8;

const columnTypes: Record<ColumnType, DuckDBType> = { INTEGER, BIGINT, VARCHAR, BOOLEAN };

/** Rows of one table that are not yet handed over to DuckDB, kept by column. */
class TableRows {
  readonly #types: DuckDBType[];
  readonly #columns: Cell[][];
  #rows = 0;
  #chunks = 0;

  constructor(
    private readonly table: TableName,
    readonly appender: DuckDBAppender,
  ) {
    this.#types = tables[table].map(([, type]) => columnTypes[type]);
    this.#columns = this.#types.map(() => []);
  }

  append(cells: readonly Cell[]): void {
    const columns = this.#columns;
    if (columns.length !== cells.length) throw new RangeError(`Not the columns of ${this.table}`);
    for (let index = 0; index < cells.length; index += 1) columns[index]?.push(cells[index] ?? null);
    this.#rows += 1;
    if (this.#rows === rowsPerChunk) this.#handOver();
  }

  close(): void {
    if (this.#rows > 0) this.#handOver();
    this.appender.closeSync();
  }

  /** Hands over at most `rowsPerChunk` rows. These rows come before appended rows that are not yet handed over. */
  appendColumns(columns: readonly ArrayLike<Cell>[], rows: number): void {
    const chunk = DuckDBDataChunk.create(this.#types, rows);
    // A typed array serves as well as an array, because the addon only reads it.
    for (const [index, column] of columns.entries()) chunk.setColumnValues(index, column as readonly Cell[]);
    this.appender.appendDataChunk(chunk);
    this.#chunks += 1;
    if (this.#chunks % chunksPerFlush === 0) this.appender.flushSync();
  }

  #handOver(): void {
    const columns = this.#columns.map((column, index) =>
      this.#types[index] === BIGINT ? column.map(toBigInt) : column,
    );
    this.appendColumns(columns, this.#rows);
    for (const column of this.#columns) column.length = 0;
    this.#rows = 0;
  }
}

/** Writes rows to all tables in one transaction: other connections see all of the rows or none. */
export class TableWriter {
  readonly #tables = new Map<TableName, TableRows>();

  private constructor(private readonly connection: DuckDBConnection) {}

  static async begin(connection: DuckDBConnection): Promise<TableWriter> {
    await connection.run('BEGIN');
    const writer = new TableWriter(connection);
    for (const table of tableNames)
      writer.#tables.set(table, new TableRows(table, await connection.createAppender(table)));
    return writer;
  }

  append(table: TableName, ...cells: Cell[]): void {
    this.#tables.get(table)?.append(cells);
  }

  /** @param columns all columns of the table, with at most `rowsPerChunk` rows; BIGINTs as bigints. */
  appendColumns(table: TableName, columns: readonly ArrayLike<Cell>[], rows: number): void {
    this.#tables.get(table)?.appendColumns(columns, rows);
  }

  /** @param ended rows of `images` that no longer belong to the catalog from `version` on. */
  async commit(ended: readonly number[], version: number): Promise<void> {
    for (const rows of this.#tables.values()) rows.close();
    if (ended.length > 0)
      await this.connection.run(
        'UPDATE images SET until = $1 WHERE num IN (SELECT unnest($2))',
        [version, listValue(ended)],
        [INTEGER, LIST(INTEGER)],
      );
    await this.connection.run('COMMIT');
  }

  async rollback(): Promise<void> {
    const appenders = [...this.#tables.values()].map(({ appender }) => appender);
    for (const appender of appenders) appender.clear();
    await this.connection.run('ROLLBACK');
    for (const appender of appenders) appender.closeSync();
  }
}

function toBigInt(cell: Cell): bigint | null {
  return cell === null ? null : BigInt(cell);
}
