import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['docs', 'src', 'test', 'emulator', 'bench', 'scripts'];

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

const allFiles = folders.flatMap(filesIn);
const names = new Set([...allFiles, ...readdirSync(root)].map((file) => basename(file)));

/** `src/redis/`, `docs/cache.md`: a path from the root of the repository, with or without an extension. */
const path = new RegExp(`(?<![\\w/.@-])(?:${folders.join('|')})/[\\w./*-]*[\\w/*]`, 'g');
/** `api-keys.ts`: the name of a source file without its folder. */
const fileName = /(?<![\w/.*-])[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|cjs)\b/g;

function isThere(pointer: string): boolean {
  // For `docs/*.md`, the folder before the first star must exist. `bench/memory` means bench/memory.mjs.
  const target = join(root, pointer.replace(/[^/]*\*.*$/, ''));
  return ['', '.ts', '.mjs'].some((extension) => existsSync(target + extension));
}

/** Comments only: a text in the code is no pointer for a reader. */
function commentsOf(code: string): string {
  return [...code.matchAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm)].map(([comment]) => comment).join('\n');
}

/** @returns the paths and file names in `text` that lead to no file and no folder. */
function brokenPointers(text: string): string[] {
  return [
    ...[...text.matchAll(path)].map(([pointer]) => pointer).filter((pointer) => !isThere(pointer)),
    ...[...text.matchAll(fileName)].map(([name]) => name).filter((name) => !names.has(name)),
  ];
}

const codeFiles = allFiles.filter((file) => /^(src|emulator)\/.*\.ts$/.test(file));
const pages = ['README.md', 'CONTRIBUTING.md', ...allFiles.filter((file) => /^docs\/.*\.md$/.test(file))];
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('pointers to files', () => {
  it('lead to a file or folder, in every comment of the code', () => {
    expect(codeFiles.length).toBeGreaterThan(200);
    const broken = codeFiles.map((file) => [file, brokenPointers(commentsOf(read(file)))]);
    expect(broken.filter(([, pointers]) => pointers!.length > 0)).toEqual([]);
  });

  it('lead to a file or folder, on every page', () => {
    const broken = pages
      .filter((page) => existsSync(join(root, page)))
      .map((page) => [page, brokenPointers(read(page))]);
    expect(broken.filter(([, pointers]) => pointers!.length > 0)).toEqual([]);
  });
});

describe('the check of pointers', () => {
  const here = '/** See src/redis/, docs/*.md, test/e2e and src/config/config.ts. */ // settings.ts';

  it.each([
    ['/** See docs/lost.md. */', 'docs/lost.md'],
    ['// Like src/lost/ does', 'src/lost/'],
    ['/** As in src/lost/*.ts */', 'src/lost/*.ts'],
    ['  // (test/e2e/lost.test.ts)', 'test/e2e/lost.test.ts'],
    ['/**\n * Used by emulator/lost.ts.\n */', 'emulator/lost.ts'],
    ['const a = 1; // `bench/lost.mjs`', 'bench/lost.mjs'],
    ['// node scripts/lost.mjs', 'scripts/lost.mjs'],
    ['// Positions: see lost-list.ts.', 'lost-list.ts'],
  ])('turns red for %j', (comment, pointer) => {
    expect(brokenPointers(commentsOf(`${here}\n${comment}`))).toEqual([pointer]);
  });

  it('stays green for routes, for built files and for texts in the code', () => {
    const code = `${here}\n// GET /docs/lost and dist/src/lost.js\nconst lost = 'src/lost.ts';`;
    expect(brokenPointers(commentsOf(code))).toEqual([]);
  });
});
