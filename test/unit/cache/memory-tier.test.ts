import { describe, expect, it, jest } from '@jest/globals';
import { MemoryTier } from '../../../src/cache/memory-tier.js';
import { Purges } from '../../../src/cache/purges.js';
import { entryOf } from '../../support/cache-parts.js';

const entry = entryOf('value', 0, { freshMs: 1, staleMs: 1 });

describe('the memory tier', () => {
  it('returns the same entry', () => {
    const tier = new MemoryTier(100_000, new Purges());
    expect(tier.get('a')).toBeUndefined();
    tier.set('a', entry, 10);
    expect(tier.get('a')).toBe(entry);
    expect([tier.bytes > 0, tier.count]).toEqual([true, 1]);
  });

  it('keeps the age of its entries when the clock is set', () => {
    const tier = new MemoryTier(100_000, new Purges());
    tier.set('a', entry, 10);
    tier.shift(-3_600_000);
    expect(tier.current('a')).toMatchObject({ fetchedAt: -3_600_000, freshUntil: -3_599_999 });
  });

  it('stays within its bytes and drops the least recently used entry first', () => {
    const maxBytes = 1_000_000;
    const tier = new MemoryTier(maxBytes, new Purges());
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

  it('leaves room for what lies beside its entries', () => {
    let beside = 0;
    const tier = new MemoryTier(100_000, new Purges(), () => beside);
    const fill = () => {
      for (let id = 0; id < 200; id += 1) tier.set(`k${id}`, entry, 10);
    };
    fill();
    expect(tier.bytes).toBeGreaterThan(95_000);
    beside = 60_000;
    tier.set('last', entry, 10);
    expect(tier.bytes).toBeLessThanOrEqual(40_000);
    expect(tier.get('last')).toBe(entry);
    fill();
    expect([tier.bytes <= 40_000, tier.bytes > 35_000]).toEqual([true, true]);
  });

  it('counts a replaced entry once', () => {
    const tier = new MemoryTier(1_000_000, new Purges());
    tier.set('a', entry, 1_000);
    const { bytes } = tier;
    tier.set('a', entry, 1_000);
    expect(tier.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(1_000);
  });

  it('drops an entry larger than the tier, and the entry that it replaces', () => {
    const tier = new MemoryTier(10_000, new Purges());
    tier.set('a', entry, 100);
    tier.set('b', entry, 100);
    tier.set('a', entry, 1_000_000);
    expect(tier.get('a')).toBeUndefined();
    expect(tier.get('b')).toBe(entry);
  });

  it('counts whole bytes for texts of any length', () => {
    const tier = new MemoryTier(1_000_000, new Purges());
    for (const length of [0, 1, 2, 3, 7, 999]) tier.set(`key-${length}`, entry, length);
    expect(Number.isInteger(tier.bytes)).toBe(true);
  });

  it('doubts only an entry that is older than one of another instance', () => {
    const tier = new MemoryTier(1_000_000, new Purges());
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

  it('drops purged entries and no others', async () => {
    const purges = new Purges();
    const tier = new MemoryTier(1_000_000, purges);
    for (const id of ['a', 'b', 'c']) tier.set(id, { ...entry, tags: [`of:${id}`] }, 10);
    purges.learn('key:a', 1);
    purges.learn('of:c', 2);
    expect(['a', 'b', 'c'].map((id) => tier.get(id) !== undefined)).toEqual([false, true, false]);
    expect(tier.count).toBe(1);
    // This purge is older than the last one that was known.
    purges.learn('of:b', 1);
    await tier.sweep();
    expect([tier.bytes, tier.count]).toEqual([0, 0]);
  });

  it('lets other work run while it goes over many entries', async () => {
    const purges = new Purges();
    const tier = new MemoryTier(1e9, purges);
    const many = 20_000;
    for (let id = 0; id < many; id += 1) tier.set(`k${id}`, { ...entry, tags: [`of:${id % 2}`] }, 10);
    const checked = jest.spyOn(purges, 'isPurged');
    purges.learn('of:0', 1);
    const state = { isSwept: false };
    const swept = tier.sweep().then(() => (state.isSwept = true));
    const mostAtOnce: number[] = [];
    while (!state.isSwept) {
      mostAtOnce.push(checked.mock.calls.length);
      checked.mockClear();
      // No read returns a purged entry meanwhile, and new entries stay.
      expect(tier.get(`k${many - 2}`)).toBeUndefined();
      tier.set(`new${mostAtOnce.length}`, { ...entry, generation: 1, tags: ['of:0'] }, 10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await swept;
    expect(Math.max(...mostAtOnce)).toBeLessThan(2_000);
    expect(tier.count).toBe(many / 2 + mostAtOnce.length);
    expect(await tier.countOf((_, { tags }) => tags.includes('of:1'))).toBe(many / 2);
  });

  it('knows which entries to compare with Redis after missed messages', () => {
    const tier = new MemoryTier(1_000_000, new Purges());
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
