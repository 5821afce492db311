import type { DuckDBConnection } from '@duckdb/node-api';
import type { Engine } from './engine.js';
import type { Vocabulary } from './image-row.js';

/** Dead rows cost a little of every query: so many may lie among the living, as a share and at least. */
const mostDead = { share: 0.5, rows: 10_000 };

export function isWorthCompacting(dead: number, living: number): boolean {
  return dead >= mostDead.rows && dead >= living * mostDead.share;
}

/** Most questions are about a few files of many: those of one file lie together, the rest is skipped. */
export const byFile = 'ORDER BY file';

/** After much was written. Must not run beside a write. */
export async function cluster(engine: Engine): Promise<void> {
  await engine.guarded(() =>
    engine.writer.run(`CREATE OR REPLACE TABLE image_files AS SELECT * FROM image_files ${byFile}`),
  );
}

/** Which words some row still has. */
const usedWords = {
  files: { word: 'file', used: 'SELECT file FROM image_files' },
  hosts: { word: 'host', used: 'SELECT host FROM presences' },
  words: {
    word: 'word',
    used: ['namespace', 'name', 'tag', 'registry', 'type']
      .map((column) => `SELECT ${column} FROM names`)
      .join(' UNION ALL '),
  },
};

/**
 * Writes the tables anew without what no version from `needed` on can see, in the writer's thread, beside readers that
 * go on reading the old ones. Must not run beside a write.
 */
export async function compact(engine: Engine, vocabulary: Vocabulary, needed: number): Promise<void> {
  const { writer } = engine;
  const forgotten = await engine.guarded(async () => {
    await writer.run('BEGIN');
    try {
      await keep(writer, 'images', `until > ${needed}`);
      for (const table of ['names', 'more_facets', 'presences'])
        await keep(writer, table, 'num IN (SELECT num FROM images)');
      const isUsed = 'content IN (SELECT content FROM images)';
      await keep(writer, 'base_os', isUsed);
      await keep(writer, 'image_files', isUsed, byFile);
      const unused = {
        files: await dropUnused(writer, 'files'),
        hosts: await dropUnused(writer, 'hosts'),
        names: await dropUnused(writer, 'words'),
      };
      await writer.run('COMMIT');
      return unused;
    } catch (error) {
      await writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  for (const words of ['files', 'hosts', 'names'] as const)
    for (const word of forgotten[words]) vocabulary[words].forget(word);
}

function keep(writer: DuckDBConnection, table: string, condition: string, order = '') {
  return writer.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table} WHERE ${condition} ${order}`);
}

async function dropUnused(writer: DuckDBConnection, table: keyof typeof usedWords): Promise<number[]> {
  const { word, used } = usedWords[table];
  const unused = await writer.runAndReadAll(`SELECT ${word} FROM ${table} WHERE ${word} NOT IN (${used})`);
  await keep(writer, table, `${word} IN (${used})`);
  return unused.getRowsJS().map(([number]) => number as number);
}
