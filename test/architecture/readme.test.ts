import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { settings, settingNames } from '../../src/config/settings.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const settingRows = readme
  .split('\n## Settings')[1]!
  .split('\n')
  .filter((line) => line.startsWith('| `'));

describe('the README', () => {
  it('lists every setting once', () => {
    const listed = settingRows.flatMap((row) => row.split('|')[1]!.match(/[A-Z][A-Z_]+/g) ?? []);
    expect([...listed].sort()).toEqual([...settingNames].sort());
  });

  it('gives the defaults of the code', () => {
    for (const row of settingRows) {
      const [, name, fallback] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
      const { default: actual } = (settings as Record<string, { default?: string }>)[name!] ?? {};
      if (actual !== undefined) expect(`${name}=${fallback}`).toBe(`${name}=${actual}`);
    }
  });
});

describe('the documents', () => {
  it('link to files that exist', () => {
    const documents = [
      'README.md',
      ...readdirSync(new URL('../../docs', import.meta.url))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => new URL(target!, new URL(`../../${document}`, import.meta.url)))
        .filter((url) => !existsSync(url))
        .map(({ pathname }) => `${document}: ${pathname}`),
    );
    expect(broken).toEqual([]);
  });
});
