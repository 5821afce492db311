import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const mostLines = 400;
const mostWordsInTitle = 14;

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
    ...titles
      .filter((words) => words.split(/\s+/).length > mostWordsInTitle)
      .map((words) => `long: ${words}`),
  ];
}

describe('a test file', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );

  it.each(files)('%s is short, keeps its hooks inside describe and has short titles', (name) => {
    expect(faultsOf(readFileSync(join(folder, name), 'utf8'))).toEqual([]);
  });

  it.each([
    ['a file that is too long', '\n'.repeat(mostLines), '401 lines'],
    ['a hook at the top level', 'beforeEach(() => clear());', 'top level: beforeEach(() => clear());'],
    ['a long title', `it('${'word '.repeat(14)}word', run);`, `long: ${'word '.repeat(14)}word`],
    [
      'a long title of a table',
      `it.each([\n  [1],\n])('${'a '.repeat(14)}b', run);`,
      `long: ${'a '.repeat(14)}b`,
    ],
  ])('is told to have %s', (_fault, text, told) => {
    expect(faultsOf(text)).toEqual([told]);
  });
});
