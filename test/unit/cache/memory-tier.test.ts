import { describe, expect, it } from '@jest/globals';
import { MemoryTier } from '../../../src/cache/memory-tier.js';
import { entryOf } from '../../support/cache-parts.js';

const entry = entryOf('value', 0, { freshMs: 1, staleMs: 1 });

describe('the memory tier', () => {
  it('returns the same entry', () => {
    const tier = new MemoryTier(100_000);
    expect(tier.get('a')).toBeUndefined();
    tier.set('a', entry, 10);
    expect(tier.get('a')).toBe(entry);
    tier.purge(() => true);
    expect(tier.get('a')).toBeUndefined();
    expect([tier.bytes, tier.count]).toEqual([0, 0]);
  });

  it('keeps the age of its entries when the clock is set', () => {
    const tier = new MemoryTier(100_000);
    tier.set('a', entry, 10);
    tier.shift(-3_600_000);
    expect(tier.current('a')).toMatchObject({ fetchedAt: -3_600_000, freshUntil: -3_599_999 });
  });

  it('stays within its bytes and drops the least recently used entry first', () => {
    const maxBytes = 1_000_000;
    const tier = new MemoryTier(maxBytes);
    tier.set('first', entry, 10_000);
    for (let id = 0; id < 1_000; id += 1) {
      tier.set(`key-${id}`, entry, 10_000 + id);
      tier.get('first');
      expect(tier.bytes).toBeLessThanOrEqual(maxBytes);
    }
    expect(tier.get('first')).toBe(entry);
    expect(tier.get('key-0')).toBeUndefined();
    expect(tier.get('key-999')).toBe(entry);
  });

  it('counts a replaced entry once', () => {
    const tier = new MemoryTier(1_000_000);
    tier.set('a', entry, 1_000);
    const { bytes } = tier;
    tier.set('a', entry, 1_000);
    expect(tier.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(1_000);
  });

  it('drops an entry larger than the tier, and the entry that it replaces', () => {
    const tier = new MemoryTier(10_000);
    tier.set('a', entry, 100);
    tier.set('b', entry, 100);
    tier.set('a', entry, 1_000_000);
    expect(tier.get('a')).toBeUndefined();
    expect(tier.get('b')).toBe(entry);
  });

  it('counts whole bytes for texts of any length', () => {
    const tier = new MemoryTier(1_000_000);
    for (const length of [0, 1, 2, 3, 7, 999]) tier.set(`key-${length}`, entry, length);
    expect(Number.isInteger(tier.bytes)).toBe(true);
  });

  it('doubts only an entry that is older than one of another instance', () => {
    const tier = new MemoryTier(1_000_000);
    tier.set('a', { ...entry, fence: 5 }, 10);
    for (const [fence, isCurrent] of [
      [4, true],
      [5, true],
      [6, false],
    ] as const) {
      tier.doubtOlder('a', fence);
      tier.doubtOlder('of others', fence);
      expect(tier.current('a') !== undefined).toBe(isCurrent);
      expect(tier.get('a')).toBeDefined();
    }
  });

  it('drops purged entries and no others', () => {
    const tier = new MemoryTier(1_000_000);
    for (const id of ['a', 'b', 'c']) tier.set(id, { ...entry, tags: [`of:${id}`] }, 10);
    tier.purge((keyHash, { tags }) => keyHash === 'a' || tags.includes('of:c'));
    expect(['a', 'b', 'c'].map((id) => tier.get(id) !== undefined)).toEqual([false, true, false]);
  });

  it('knows which entries to compare with Redis after missed messages', () => {
    const tier = new MemoryTier(1_000_000);
    tier.set('a', entry, 10);
    tier.set('b', entry, 10);
    expect(['a', 'b', 'nobody'].map((id) => tier.current(id) !== undefined)).toEqual([true, true, false]);
    tier.doubtAll();
    expect(tier.get('a')).toBe(entry);
    tier.confirm('a');
    tier.confirm('nobody');
    expect(['a', 'b'].map((id) => tier.current(id) !== undefined)).toEqual([true, false]);
    tier.set('b', entry, 10);
    expect(tier.current('b')).toBe(tier.get('b'));
  });
});
