import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const scriptFolder = fileURLToPath(new URL('../../scripts', import.meta.url));
const mostLines = 400;
const mostWordsInTitle = 14;
/** Jest's limit for a test that hangs (jest.config.mjs). A machine that is slow reaches a shorter one. */
const leastLimitMs = 240_000;

/** The limit behind the function of a test or hook: `}, 60_000);` */
const limit = /^\s*\}, (\d[\d_]{3,})\);$/gm;
/** A port that a server gave back may be taken before it is used: test/support/unused-port.ts has ports that stay free. */
const portGivenBack = /\blisten\(0\b[^]{0,300}?\.close\(\w*\)[^]{0,80}?\breturn port\b/;

/** `it('…',`, `describe('…',` and the call that follows a table: `)('…',`. */
const title =
  /(?:\b(?:describe|it|itRuns|inFleet|suite)(?:\.\w+)?|\))\(\s*(?:'((?:[^'\\\n]|\\.)*)'|`([^`]*)`),/g;

/** The faults of a test file, a line each. */
function faultsOf(text: string): string[] {
  const lines = text.split('\n');
  const titles = Array.from(text.matchAll(title), ([, plain, template]) => plain ?? template ?? '');
  return [
    ...(lines.length > mostLines ? [`${lines.length} lines`] : []),
    // Files run in groups: a hook at the top level of a file would run for all tests of the group.
    ...lines
      .filter((line) => /^(?:before|after)(?:All|Each)\(/.test(line))
      .map((line) => `top level: ${line}`),
    ...Array.from(text.matchAll(limit), ([, ms]) => ms!)
      .filter((ms) => Number(ms.replaceAll('_', '')) < leastLimitMs)
      .map((ms) => `limit: ${ms} ms`),
    ...(portGivenBack.test(text) ? ['a port that a server gave back'] : []),
    ...titles
      .filter((words) => words.split(/\s+/).length > mostWordsInTitle)
      .map((words) => `long: ${words}`),
  ];
}

describe('a test file', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );

  const scripts = readdirSync(scriptFolder);

  it.each(scripts)('%s takes no port that a server gave back', (name) => {
    expect(readFileSync(join(scriptFolder, name), 'utf8')).not.toMatch(portGivenBack);
  });

  it.each(files)('%s is short, keeps its hooks inside describe and has short titles', (name) => {
    expect(faultsOf(readFileSync(join(folder, name), 'utf8'))).toEqual([]);
  });

  it.each([
    ['a file that is too long', '\n'.repeat(mostLines), '401 lines'],
    ['a hook at the top level', 'beforeEach(() => clear());', 'top level: beforeEach(() => clear());'],
    ['a long title', `it('${'word '.repeat(14)}word', run);`, `long: ${'word '.repeat(14)}word`],
    ['a limit that a slow machine reaches', '  }, 60_000);', 'limit: 60_000 ms'],
    [
      'a port that it gave back',
      'server.listen(0, resolve);\nconst { port } = server.address();\nserver.close();\nreturn port;',
      'a port that a server gave back',
    ],
    [
      'a long title of a table',
      `it.each([\n  [1],\n])('${'a '.repeat(14)}b', run);`,
      `long: ${'a '.repeat(14)}b`,
    ],
  ])('is told to have %s', (_fault, text, told) => {
    expect(faultsOf(text)).toEqual([told]);
  });
});
