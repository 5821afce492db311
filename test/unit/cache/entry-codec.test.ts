import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import { decodeEntry, decodeHead, encodeEntry } from '../../../src/cache/entry-codec.js';
import { entryOf } from '../../support/cache-parts.js';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const lifetime = { freshMs: 60_000, staleMs: 604_800_000 };
const fetchedAt = 1_700_000_000_000;
const fence = 1_700_000_000_123_456;

/** A value that is stored as it is, and a value that is deflated. */
const small = entryOf({ rows: ['a'] }, fetchedAt, lifetime, { tags: ['list:some', 'image:ä'], fence });
const large = entryOf({ rows: Array.from({ length: 300 }, (_, row) => ({ row })) }, fetchedAt, lifetime, {
  generation: 12,
  fence,
});

describe('the bytes of an entry', () => {
  it('decode with every digit of an int64', () => {
    fc.assert(
      fc.property(int64, fc.string(), fc.nat(5_000), (big, text, length) => {
        const isSafe = Number.isSafeInteger(Number(big));
        const value = { id: isSafe ? Number(big) : big, text, rows: [null, true, 1.5, 'x'.repeat(length)] };
        const entry = entryOf(value, fetchedAt, lifetime, { tags: [text], generation: 9, fence });
        const { bytes, jsonLength } = encodeEntry(entry);
        expect(decodeEntry(bytes)).toEqual({ entry, jsonLength });
      }),
    );
  });

  it('are deflated when the value is long', () => {
    const { bytes, jsonLength } = encodeEntry(large);
    expect(bytes.length).toBeLessThan(jsonLength / 2);
    expect(encodeEntry(small).bytes.toString()).toContain(JSON.stringify(small.value));
  });

  it('start with the fence, which a script in Redis compares', () => {
    for (const entry of [small, large])
      expect(encodeEntry(entry).bytes.toString('latin1')).toMatch(new RegExp(`^${fence} [0-9a-f]{8}\n`));
  });

  it('are no entry after any one bit has changed', () => {
    for (const entry of [small, large]) {
      const { bytes } = encodeEntry(entry);
      for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        if (decodeEntry(damaged))
          throw new Error(`Bit ${bit} of ${8 * bytes.length} was changed, and the bytes decoded`);
      }
    }
  });

  it('are no entry after one bit has changed, for any value', () => {
    const entries = fc.record({ value: fc.jsonValue(), tags: fc.array(fc.string()), at: fc.nat() });
    fc.assert(
      fc.property(entries, fc.nat(), ({ value, tags, at }, anyBit) => {
        const { bytes } = encodeEntry(entryOf(value, at, lifetime, { tags, fence: at }));
        const bit = anyBit % (8 * bytes.length);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeEntry(bytes)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('are no entry when bytes are cut off or added', () => {
    for (const entry of [small, large]) {
      const { bytes } = encodeEntry(entry);
      for (let length = 0; length < bytes.length; length += 1)
        expect(decodeEntry(bytes.subarray(0, length))).toBeUndefined();
      expect(decodeEntry(Buffer.concat([bytes, Buffer.from(' ')]))).toBeUndefined();
    }
  });

  it.each(['', 'garbage', '{"value":1}', '1 2 3\n{}', '1 00000000\n', '1 2f8a3b11\n{}\n{}', '\u0000\ufffd'])(
    'are no entry when malformed: %j',
    (text) => {
      expect(decodeEntry(Buffer.from(text))).toBeUndefined();
    },
  );

  it.each([
    ['tags', undefined],
    ['tags', [1]],
    ['generation', undefined],
    ['generation', 'x'],
    ['freshUntil', undefined],
    ['keepUntil', null],
    ['fetchedAt', 'today'],
    ['fetchedAt', 1e300],
    ['freshUntil', -1e16],
    ['lifeMs', undefined],
  ] as const)('are no entry when %s is %j', (field, value) => {
    const { bytes } = encodeEntry({ ...small, [field]: value });
    expect(decodeEntry(bytes)).toBeUndefined();
    if (field === 'tags' || field === 'generation') expect(decodeHead(bytes)).toBeUndefined();
  });

  it('are no entry and no error when arbitrary', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeEntry(Buffer.from(bytes)) === undefined));
  });
});
