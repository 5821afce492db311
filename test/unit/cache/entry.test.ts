import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import { isFresh, newEntry, shifted, upTo } from '../../../src/cache/entry.js';

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

  const stored = newEntry('value', 100_000, { freshMs: 60_000, staleMs: 500_000 }, () => 0, origin);

  it.each([100_000, 159_999, 700_000, 99_000])('keeps the times that are possible at %i', (now) => {
    expect(upTo(now, stored)).toBe(stored);
  });

  it.each([98_999, 40_000, -3_500_000])('is stale and fetched at %i when it comes from the future', (now) => {
    const entry = upTo(now, stored);
    expect(entry).toEqual({ ...stored, fetchedAt: now, freshUntil: now, keepUntil: now + 560_000 });
    expect(isFresh(entry, now)).toBe(false);
  });

  it('keeps its age when the clock is set', () => {
    expect(shifted(stored, -50_000)).toEqual({
      ...stored,
      fetchedAt: 50_000,
      freshUntil: 110_000,
      keepUntil: 610_000,
    });
  });
});
