import { isNativeError } from 'node:util/types';
import { DuckDBInstance, type DuckDBConnection, type DuckDBResultReader } from '@duckdb/node-api';
import { Statements, type Bound } from './statements.js';

/** The tables would need more memory than the limit allows. The tables stay as they were before the step. */
export class CatalogFull extends Error {}

/**
 * Number of connections that read. Two queries of one answer run side by side; two of libuv's four threads stay free.
 */
const readers = 2;

/**
 * DuckDB in memory: one connection that writes and a few that read. Each query runs on a thread of libuv's pool.
 * DuckDB reaches no file and no network here, and writes nothing to disk.
 */
export class Engine {
  readonly #idle: Statements[];
  readonly #all: Statements[];
  readonly #waiting: ((statements: Statements) => void)[] = [];
  #drained: (() => void) | undefined;
  #isClosing = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly memoryMiB: number,
    readonly writer: DuckDBConnection,
    connections: DuckDBConnection[],
  ) {
    this.#all = connections.map((connection) => new Statements(connection));
    this.#idle = [...this.#all];
  }

  static async open(memoryMiB: number, schema: string): Promise<Engine> {
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
    await writer.run('SET lock_configuration = true');
    await writer.run(schema);
    const connections = await Promise.all(Array.from({ length: readers }, () => instance.connect()));
    return new Engine(instance, memoryMiB, writer, connections);
  }

  /** @param bound in the order of `$1`, `$2`, … @returns rows of JavaScript values; BIGINTs as bigints. */
  async ask(sql: string, bound: readonly Bound[]): Promise<unknown[][]> {
    return (await this.#read(sql, bound)).getRowsJS();
  }

  /**
   * @returns the only column, as one array. For many rows `ask`, with an array for each row, takes ten times as long.
   */
  async askColumn(sql: string, bound: readonly Bound[]): Promise<unknown[]> {
    return (await this.#read(sql, bound)).getColumnsJS()[0] ?? [];
  }

  async #read(sql: string, bound: readonly Bound[]): Promise<DuckDBResultReader> {
    if (this.#isClosing) throw new Error('The catalog is closed');
    const statements =
      this.#idle.pop() ?? (await new Promise<Statements>((next) => this.#waiting.push(next)));
    try {
      return await this.guarded(() => statements.run(sql, bound));
    } finally {
      const next = this.#waiting.shift();
      if (next) next(statements);
      else this.#idle.push(statements);
      if (this.#idle.length === this.#all.length) this.#drained?.();
    }
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
    if (this.#idle.length < this.#all.length) await new Promise<void>((done) => (this.#drained = done));
    for (const statements of this.#all) statements.close();
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
