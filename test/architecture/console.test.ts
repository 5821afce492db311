// The pages that the service serves are those that the sources give: a newcomer's build needs no bundler.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'console/built');
/** Gzip, all parts together. */
const mostBytes = 150_000;

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

describe('console/built', () => {
  it('is what `npm run console:build` writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hss-bff-console-'));
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    const config = join(root, 'console/vite.config.mjs');
    await promisify(execFile)(process.execPath, [vite, 'build', '--config', config, '--outDir', folder], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    });
    expect(filesOf(built)).toEqual(filesOf(folder));
    for (const file of filesOf(built))
      expect([file, readFileSync(join(built, file), 'utf8')]).toEqual([
        file,
        readFileSync(join(folder, file), 'utf8'),
      ]);
    rmSync(folder, { recursive: true });
  });

  it('is small with all its parts', () => {
    const texts = filesOf(built).map((file) => readFileSync(join(built, file), 'utf8'));
    expect(texts.reduce((sum, text) => sum + gzipSync(text).length, 0)).toBeLessThan(mostBytes);
  });
});
