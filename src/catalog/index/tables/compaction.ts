import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api';
import { dictionaryNames, type Vocabulary } from '../words/vocabulary.js';
import type { Engine } from './engine.js';

// Writes tables anew: without the rows of old versions (`compact`), or in a better order (`sortFiles`). History
// starts these functions, and never during a write.

/**
 * Dead rows slow every query down a little. Compaction is worth its time when the dead rows reach both figures: this
 * number of rows, and this share of the living rows.
 */
const mostDead = { share: 0.5, rows: 10_000 };

export function isWorthCompacting(dead: number, living: number): boolean {
  return dead >= mostDead.rows && dead >= living * mostDead.share;
}

/**
 * Most queries ask for a few of many files. In this order the rows of one file lie together, and DuckDB skips the
 * rest.
 */
export const byFile = 'ORDER BY file';

/** Sorts the table of files by file. Called after a load that wrote the whole table row by row. */
export async function sortFiles(engine: Engine): Promise<void> {
  await engine.guarded(() =>
    engine.writer.run(`CREATE OR REPLACE TABLE image_files AS SELECT * FROM image_files ${byFile}`),
  );
}

/** The tables of words, and the queries for the words in use. */
const usedWords = {
  files: { table: 'files', word: 'file', used: 'SELECT file FROM image_files' },
  hosts: { table: 'hosts', word: 'host', used: 'SELECT host FROM presences' },
  namedHosts: { table: 'named_hosts', word: 'named_host', used: 'SELECT named_host FROM presences' },
};
type TableOfWords = keyof typeof usedWords;

/** Combinations have no table of their own. */
const usedCombinations = [
  ...['severity', 'scan_status', 'facets', 'namespace_facet'].map((column) => `SELECT ${column} FROM images`),
  ...['place', 'severity', 'scan_status'].map((column) => `SELECT ${column} FROM places`),
  'SELECT place FROM names',
  'SELECT facet FROM more_facets',
  'SELECT facet FROM base_os',
].join(' UNION ');

/**
 * Writes the tables anew with the rows of the version `needed` and of later versions only, and forgets the words that
 * no remaining row uses. Runs in the writer's thread. Readers use the old tables until the new tables are committed.
 */
export async function compact(engine: Engine, vocabulary: Vocabulary, needed: number): Promise<void> {
  const { writer } = engine;
  const unused = await engine.guarded(async () => {
    await writer.run('BEGIN');
    try {
      await keep(writer, 'images', `until > ${needed}`);
      for (const table of ['names', 'places', 'more_facets', 'presences'])
        await keep(writer, table, 'num IN (SELECT num FROM images)');
      const isUsed = 'content IN (SELECT content FROM images)';
      await keep(writer, 'base_os', isUsed);
      await keep(writer, 'image_files', isUsed, byFile);
      const words = {
        files: await dropUnused(writer, 'files'),
        hosts: await dropUnused(writer, 'hosts'),
        namedHosts: await dropUnused(writer, 'namedHosts'),
        combinations: await unusedCombinations(writer, vocabulary),
      };
      await writer.run('COMMIT');
      return words;
    } catch (error) {
      await writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  for (const words of dictionaryNames) for (const word of unused[words]) vocabulary[words].forget(word);
}

function keep(writer: DuckDBConnection, table: string, condition: string, order = '') {
  return writer.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table} WHERE ${condition} ${order}`);
}

async function dropUnused(writer: DuckDBConnection, words: TableOfWords): Promise<number[]> {
  const { table, word, used } = usedWords[words];
  const unused = await writer.runAndReadAll(`SELECT ${word} FROM ${table} WHERE ${word} NOT IN (${used})`);
  await keep(writer, table, `${word} IN (${used})`);
  return numbersIn(unused);
}

async function unusedCombinations(writer: DuckDBConnection, { combinations }: Vocabulary): Promise<number[]> {
  const used = new Set(numbersIn(await writer.runAndReadAll(usedCombinations)));
  return Array.from({ length: combinations.size }, (_, number) => number).filter(
    (number) => !used.has(number),
  );
}

function numbersIn(result: DuckDBResultReader): number[] {
  return result.getRowsJS().map(([number]) => number as number);
}
