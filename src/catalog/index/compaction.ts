import type { Engine } from './engine.js';
import type { FileWords } from './file-words.js';

/** Dead rows cost a little of every query: so many may lie among the living, as a share and at least. */
const mostDead = { share: 0.5, rows: 10_000 };

export function isWorthCompacting(dead: number, living: number): boolean {
  return dead >= mostDead.rows && dead >= living * mostDead.share;
}

/** Most questions are about a few files of many: those of one file lie together, the rest is skipped. */
const byFile = 'ORDER BY file';

/** After much was written. Must not run beside a write. */
export async function cluster(engine: Engine): Promise<void> {
  await engine.guarded(() =>
    engine.writer.run(`CREATE OR REPLACE TABLE image_files AS SELECT * FROM image_files ${byFile}`),
  );
}

/**
 * Writes the tables anew without what no version from `needed` on can see, in the writer's thread, beside readers that
 * go on reading the old ones. Must not run beside a write.
 */
export async function compact(engine: Engine, files: FileWords, needed: number): Promise<void> {
  const { writer } = engine;
  const keep = (table: string, condition: string, order = '') =>
    writer.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table} WHERE ${condition} ${order}`);
  const forgotten = await engine.guarded(async () => {
    await writer.run('BEGIN');
    try {
      await keep('images', `until > ${needed}`);
      for (const table of ['names', 'presences']) await keep(table, 'num IN (SELECT num FROM images)');
      const isUsed = 'content IN (SELECT content FROM images)';
      await keep('base_os', isUsed);
      await keep('image_files', isUsed, byFile);
      const unused = await writer.runAndReadAll(
        'SELECT file FROM files WHERE file NOT IN (SELECT file FROM image_files)',
      );
      await keep('files', 'file IN (SELECT file FROM image_files)');
      await writer.run('COMMIT');
      return unused.getRowsJS().map(([file]) => file as number);
    } catch (error) {
      await writer.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  for (const file of forgotten) files.forget(file);
}
