import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { FileStore } from '../../../../src/catalog/index/words/file-store.js';
import { fileTexts, type FilePart } from '../../../../src/catalog/index/words/file-texts.js';
import { FileWords } from '../../../../src/catalog/index/words/file-words.js';
import { fold } from '../../../../src/catalog/index/words/fold.js';

const aPath = fc.constantFrom(null, '', '/', 'a', 'a/', '/a', '/a/', '/A/b', '/a/b/', 'b//', '漢/字/');
const aName = fc.constantFrom(null, '', 'a', 'A', 'b', 'ab', 'a/b', '/b', 'b\0', '字');
const aPart = fc.record({
  text: fc.constantFrom('name' as const, 'path' as const, 'wholePath' as const),
  part: fc.constantFrom(
    'a',
    'b',
    '/',
    '//',
    'a/',
    '/a',
    '/a/b',
    'a/b',
    'b/a',
    '/a/b/a',
    '字',
    '漢/字/字',
    '\0',
  ),
});

function found(words: FileWords, parts: readonly FilePart[]): number[] {
  const search = words.having(parts);
  for (;;) {
    const { done, value } = search.next();
    if (done) return [...value.keys()].filter((number) => value[number] === 1);
  }
}

describe('a search for files', () => {
  it('agrees with the files one by one, after some were forgotten', () => {
    const aFile = fc.record({ path: aPath, name: aName, isForgotten: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(aFile, { maxLength: 20 }),
        fc.array(aPart, { minLength: 1, maxLength: 3 }),
        (files, sought) => {
          const words = new FileWords();
          const parts = sought.map(({ text, part }): FilePart => [text, fold(part)]);
          const numbers = files.map(({ path, name }) => words.numberOf(path, name));
          const forgotten = new Set(numbers.filter((_, at) => files[at]!.isForgotten));
          for (const number of forgotten) words.forget(number);
          const expected = files.flatMap(({ path, name }, at) => {
            const isFound = parts.every(([text, part]) => fileTexts[text]({ path, name }).includes(part));
            return isFound && !forgotten.has(numbers[at]!) ? [numbers[at]!] : [];
          });
          expect(found(words, parts)).toEqual([...new Set(expected)].sort((a, b) => a - b));
        },
      ),
    );
  });
});

describe('the dictionary of files', () => {
  it('forgets a directory with its last file', () => {
    const store = new FileStore();
    const words = new FileWords(store);
    const [first, second] = [words.numberOf('/old/', 'a'), words.numberOf('/old/', 'b')];
    words.forget(first);
    expect(store.directories.find('/old/')).not.toBe(-1);
    words.forget(second);
    expect(store.directories.find('/old/')).toBe(-1);
    expect(words.saved(1, 3)).toEqual([null, null]);
  });

  it('finds a file again under its number, and restores what it saved', () => {
    const words = new FileWords();
    const files = Array.from({ length: 100 }, (_, n) => [`/d${n % 7}/`, `f${n}`] as const);
    const numbers = files.map(([path, name]) => words.numberOf(path, name));
    expect(files.map(([path, name]) => words.numberOf(path, name))).toEqual(numbers);
    words.forget(numbers[50]!);
    const restored = new FileWords();
    restored.restore(words.saved(0, words.size));
    expect(restored.saved(0, 200)).toEqual(words.saved(0, 200));
    expect(restored.numberOf(...files[99]!)).toBe(numbers[99]);
    expect(restored.numberOf('/new/', 'x')).toBe(numbers[50]);
  });
});
