import type { DuckDBConnection } from '@duckdb/node-api';
import { contentsOf, type Row } from '../documents/row.js';
import type { Rows } from '../documents/rows.js';
import type { ReadTimes } from '../read-times.js';
import type { Slices } from '../slices.js';
import { forever, tables, type TableName } from '../tables/schema.js';
import type { Cell } from '../tables/table-writer.js';
import { dictionaryNames, type Vocabulary } from '../words/vocabulary.js';
import { saveColumn } from './columns.js';
import { snapshotFormat, savedTables } from './format.js';
import { saveRow, type Block, type SavedRow } from './saved-rows.js';
import { toSection } from './section.js';

// Writes a snapshot of a history, section by section. Another instance loads the same history from the snapshot
// (read-snapshot.ts).

/** Approximate size of one section. */
const sectionBytes = 256 * 1024;
const wordsPerSection = 2_000;
const readsPerSection = 15_000;
/** Approximate size of one row in the header of its section. */
const headerBytesPerRow = 350;

/** The parts of a history that a snapshot holds. */
export interface Snapshotted {
  rows: Rows;
  vocabulary: Vocabulary;
  reads: ReadTimes;
  connection: DuckDBConnection;
}

/** Yields the sections of a snapshot. The caller must not write to the history until the last section is read. */
export async function* writeSnapshot(
  { rows, vocabulary, reads, connection }: Snapshotted,
  slices: Slices,
): AsyncGenerator<Buffer> {
  yield toSection({ kind: 'form', form: snapshotFormat });
  // The dictionary still has the files of purged content, which must not enter a snapshot.
  const usedFiles = await rows.contentFiles.used(vocabulary.files.size, slices, contentsOf(rows.all()));
  for (const dictionary of dictionaryNames) {
    const { size } = vocabulary[dictionary];
    for (let from = 0; from < size; from += wordsPerSection) {
      const saved = vocabulary[dictionary].saved(from, from + wordsPerSection);
      // Numbers begin at 1, and the words of the first piece do too.
      const first = Math.max(1, from);
      const words =
        dictionary === 'files'
          ? saved.map((word, index) => (usedFiles[first + index] === 1 ? word : null))
          : saved;
      yield toSection({ kind: 'words', dictionary, words });
    }
  }
  let section = new RowsSection();
  for (const row of rows.all()) {
    section.add(row);
    if (slices.isOver) await slices.next();
    if (section.bytes < sectionBytes) continue;
    yield section.toBuffer();
    section = new RowsSection();
  }
  yield section.toBuffer();
  for (const some of reads.saved(readsPerSection)) yield toSection({ kind: 'reads', reads: some });
  for (const table of savedTables) yield* writeTable(table, connection);
}

/** A section of rows. A block that holds documents of several rows is in the section only once. */
class RowsSection {
  readonly #blocks = new Map<Block, number>();
  readonly #rows: SavedRow[] = [];
  bytes = 0;

  add(row: Row): void {
    this.#rows.push(saveRow(row, (block) => this.#numberOf(block)));
    this.bytes += headerBytesPerRow;
  }

  toBuffer(): Buffer {
    const blocks = [...this.#blocks.keys()];
    return toSection({ kind: 'rows', blocks: blocks.map(({ length }) => length), rows: this.#rows }, blocks);
  }

  #numberOf(block: Block): number {
    const known = this.#blocks.get(block);
    if (known !== undefined) return known;
    this.bytes += block.length;
    this.#blocks.set(block, this.#blocks.size);
    return this.#blocks.size - 1;
  }
}

/** The rows of the newest version. */
const current = `SELECT * FROM images WHERE until = ${forever}`;
const queries: Record<(typeof savedTables)[number], string> = {
  images: current,
  names: `SELECT * FROM names WHERE num IN (SELECT num FROM (${current}))`,
  places: `SELECT * FROM places WHERE num IN (SELECT num FROM (${current}))`,
  more_facets: `SELECT * FROM more_facets WHERE num IN (SELECT num FROM (${current}))`,
  presences: `SELECT * FROM presences WHERE num IN (SELECT num FROM (${current}))`,
  base_os: `SELECT * FROM base_os WHERE content IN (SELECT content FROM (${current}))`,
};

async function* writeTable(
  table: (typeof savedTables)[number],
  connection: DuckDBConnection,
): AsyncGenerator<Buffer> {
  const result = await connection.stream(queries[table]);
  const types = tables[table];
  const mostRows = sectionBytes / (8 * types.length);
  let columns = types.map((): Cell[] => []);
  for (;;) {
    const chunk = await result.fetchChunk();
    const isLast = chunk === null || chunk.rowCount === 0;
    for (const [index, column] of columns.entries())
      if (!isLast) for (const cell of chunk.getColumnValues(index)) column.push(cell as Cell);
    const rows = columns[0]?.length ?? 0;
    if (rows > 0 && (isLast || rows >= mostRows)) {
      yield tableSection(table, columns, rows);
      columns = types.map(() => []);
    }
    if (isLast) return;
  }
}

function tableSection(table: TableName, cells: readonly Cell[][], rows: number): Buffer {
  const saved = tables[table].map(([, type], index) => saveColumn(type, cells[index] ?? []));
  const columns = saved.map(({ column }) => column);
  return toSection(
    { kind: 'table', table, rows, columns },
    saved.flatMap(({ bytes }) => bytes),
  );
}
