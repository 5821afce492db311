import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api';
import type { Vocabulary } from '../words/vocabulary.js';
import type { Engine } from './engine.js';

// Writes tables anew, without the rows of old versions. History starts this, and never during a write.

/**
 * Dead rows slow every query down a little. Compaction is worth its time when the dead rows reach both figures: this
 * number of rows, and this share of the living rows.
 */
const mostDead = { share: 0.5, rows: 10_000 };

export function isWorthCompacting(dead: number, living: number): boolean {
  return dead >= mostDead.rows && dead >= living * mostDead.share;
}

/** The tables of words, and the queries for the words in use. */
const usedWords = {
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
 * Writes the tables anew with the rows of the version `needed` and of later versions only, and forgets the words of
 * the tables that no remaining row uses. Files are in no table: `History.tidy` forgets them. Runs in the writer's
 * thread. Readers use the old tables until the new tables are committed.
 */
export async function compact(engine: Engine, vocabulary: Vocabulary, needed: number): Promise<void> {
  const { writer } = engine;
  const unused = await engine.guarded(async () => {
    await writer.run('BEGIN');
    try {
      await keep(writer, 'images', `until > ${needed}`);
      for (const table of ['names', 'places', 'more_facets', 'presences'])
        await keep(writer, table, 'num IN (SELECT num FROM images)');
      await keep(writer, 'base_os', 'content IN (SELECT content FROM images)');
      const words = {
        hosts: await dropUnused(writer, 'hosts'),
        namedHosts: await dropUnused(writer, 'namedHosts'),
        combinations: vocabulary.combinations.except(await usedNumbers(writer, usedCombinations)),
      };
      await writer.run('COMMIT');
      return words;
    } catch (error) {
      await writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  for (const words of ['hosts', 'namedHosts', 'combinations'] as const)
    for (const word of unused[words]) vocabulary[words].forget(word);
}

function keep(writer: DuckDBConnection, table: string, condition: string) {
  return writer.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table} WHERE ${condition}`);
}

async function dropUnused(writer: DuckDBConnection, words: TableOfWords): Promise<number[]> {
  const { table, word, used } = usedWords[words];
  const unused = await writer.runAndReadAll(`SELECT ${word} FROM ${table} WHERE ${word} NOT IN (${used})`);
  await keep(writer, table, `${word} IN (${used})`);
  return numbersIn(unused);
}

async function usedNumbers(writer: DuckDBConnection, query: string): Promise<Set<number>> {
  return new Set(numbersIn(await writer.runAndReadAll(query)));
}

function numbersIn(result: DuckDBResultReader): number[] {
  return result.getRowsJS().map(([number]) => number as number);
}
