import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isFresh, newEntry } from '../../../src/cache/entry.js';

const origin = { tags: ['list:some'], generation: 3, fence: 7 };

describe('a cache entry', () => {
  it('is fresh for its fresh life, then kept for its stale life', () => {
    const entry = newEntry('value', 1_000, { freshMs: 60, staleMs: 500 }, () => 0, origin);
    expect(entry).toEqual({
      value: 'value',
      fetchedAt: 1_000,
      freshUntil: 1_060,
      keepUntil: 1_560,
      lifeMs: 60,
      ...origin,
    });
    expect([1_059, 1_060].map((now) => isFresh(entry, now))).toEqual([true, false]);
  });

  it('has a fresh life of 90 to 100 % of the setting', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(chance, fc.integer({ min: 0, max: 1e10 }), (random, freshMs) => {
        const entry = newEntry('value', 1_000, { freshMs, staleMs: 500 }, () => random, origin);
        const livesMs = entry.freshUntil - entry.fetchedAt;
        expect(livesMs).toBeGreaterThanOrEqual(Math.floor(0.9 * freshMs));
        expect(livesMs).toBeLessThanOrEqual(freshMs);
        expect([entry.keepUntil, entry.lifeMs]).toEqual([entry.freshUntil + 500, freshMs]);
      }),
    );
  });
});
