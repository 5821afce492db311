import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, encodeEntry, isFresh, newEntry } from '../../../src/cache/entry.js';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('a cache entry', () => {
  it('is fresh for its fresh life and kept for its stale life after that', () => {
    const entry = newEntry('value', 1_000, { freshMs: 60, staleMs: 500 });
    expect(entry).toEqual({ value: 'value', fetchedAt: 1_000, freshUntil: 1_060, keepUntil: 1_560 });
    expect([1_059, 1_060].map((now) => isFresh(entry, now))).toEqual([true, false]);
  });

  it('comes back from its text with every digit of an int64', () => {
    fc.assert(
      fc.property(int64, fc.string(), (big, text) => {
        const isSafe = Number.isSafeInteger(Number(big));
        const value = { id: isSafe ? Number(big) : big, text, rows: [null, true, 1.5, []] };
        const entry = newEntry(value, 1_700_000_000_000, { freshMs: 60_000, staleMs: 604_800_000 });
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
      }),
    );
  });

  it.each([
    '',
    'garbage',
    '{"value":1}',
    '1 2 3',
    '1 2\n{}',
    '1 2 x\n{}',
    '-1 2 3\n{}',
    '1.5 2 3\n{}',
    '1 2 3 \n{}',
    '1 2 3\n',
    '1 2 3\n{"a":',
    '1 2 3\nundefined',
    '1111111111111111 2 3\n{}',
    `1 2 3\n${'['.repeat(100_000)}`,
    '\u0000\u0001\ufffd',
  ])('is none when its text is not one: %j', (text) => {
    expect(decodeEntry(text)).toBeUndefined();
  });

  it('is never made of arbitrary text by mistake, nor an error', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeEntry(text) === undefined));
  });
});
