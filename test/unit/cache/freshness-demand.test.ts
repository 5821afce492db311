import { describe, expect, it } from '@jest/globals';
import { mayStandIn, satisfies, type FreshnessDemand } from '../../../src/cache/freshness-demand.js';
import { entryOf } from '../../support/cache-parts.js';

const fetchedAt = 1_000_000;
const entry = entryOf('value', fetchedAt, { freshMs: 60_000, staleMs: 600_000 });
const aged = (ageMs: number, demand: FreshnessDemand) => satisfies(entry, demand, fetchedAt + ageMs);

describe('a freshness demand', () => {
  it('without directives is satisfied by a fresh value only', () => {
    expect(aged(0, {})).toBe(true);
    expect(aged(59_999, {})).toBe(true);
    expect(aged(60_000, {})).toBe(false);
  });

  it('can limit the age below the fresh life', () => {
    expect(aged(30_000, { maxAgeMs: 30_000 })).toBe(true);
    expect(aged(30_001, { maxAgeMs: 30_000 })).toBe(false);
  });

  it('is satisfied by a value under ten seconds old, even with no-cache', () => {
    for (const maxAgeMs of [0, 1_000]) {
      expect(aged(10_000, { maxAgeMs })).toBe(true);
      expect(aged(10_001, { maxAgeMs })).toBe(false);
    }
  });

  it('is not satisfied by a young value whose fresh life is over', () => {
    const brief = entryOf('value', fetchedAt, { freshMs: 2_000, staleMs: 0 });
    expect(satisfies(brief, { maxAgeMs: 0 }, fetchedAt + 3_000)).toBe(false);
  });

  it('can let an age count instead of the fresh life, for a gate', () => {
    expect(aged(300_000, { mustBeFresh: true, maxAgeMs: 300_000 })).toBe(true);
    expect(aged(300_001, { mustBeFresh: true, maxAgeMs: 300_000 })).toBe(false);
    expect(aged(-5_000, { mustBeFresh: true, maxAgeMs: 300_000 })).toBe(false);
  });

  it('can accept a stale value up to a limit', () => {
    expect(aged(89_999, { maxStaleMs: 30_000 })).toBe(true);
    expect(aged(90_000, { maxStaleMs: 30_000 })).toBe(false);
    expect(aged(1e12, { maxStaleMs: Infinity })).toBe(true);
  });

  it('combines both limits', () => {
    expect(aged(70_000, { maxAgeMs: 80_000, maxStaleMs: 30_000 })).toBe(true);
    expect(aged(85_000, { maxAgeMs: 80_000, maxStaleMs: 30_000 })).toBe(false);
  });

  it('can accept values not older than the first page of a walk', () => {
    expect(aged(600_000, { fetchedSince: fetchedAt })).toBe(true);
    expect(aged(600_000, { fetchedSince: fetchedAt + 1 })).toBe(false);
  });
});

describe('a stand-in for an answer that HSS cannot give', () => {
  it('can be any value that is still kept', () => {
    expect(mayStandIn(entry, {}, entry.keepUntil - 1)).toBe(true);
    expect(mayStandIn(entry, {}, entry.keepUntil)).toBe(false);
  });

  it('is refused when the demand limits the age', () => {
    expect(mayStandIn(entry, { maxAgeMs: 0 }, fetchedAt + 1)).toBe(false);
    expect(mayStandIn(entry, { maxAgeMs: 3_600_000 }, fetchedAt + 1)).toBe(false);
  });

  it('is refused when the demand accepts nothing stale', () => {
    expect(mayStandIn(entry, { mustBeFresh: true }, fetchedAt + 60_000)).toBe(false);
  });
});
