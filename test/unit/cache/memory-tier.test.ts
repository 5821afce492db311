import { describe, expect, it } from '@jest/globals';
import { newEntry } from '../../../src/cache/entry.js';
import { MemoryTier } from '../../../src/cache/memory-tier.js';

const entry = newEntry('value', 0, { freshMs: 1, staleMs: 1 });

describe('the memory tier', () => {
  it('hands back the very entry', () => {
    const tier = new MemoryTier(100_000);
    expect(tier.get('a')).toBeUndefined();
    tier.set('a', entry, 10);
    expect(tier.get('a')).toBe(entry);
    tier.delete('a');
    expect(tier.get('a')).toBeUndefined();
    expect(tier.bytes).toBe(0);
  });

  it('never holds more than its bytes, and gives up the least recently used first', () => {
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

  it('counts an entry that is replaced once', () => {
    const tier = new MemoryTier(1_000_000);
    tier.set('a', entry, 1_000);
    const { bytes } = tier;
    tier.set('a', entry, 1_000);
    expect(tier.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(1_000);
  });

  it('does not take an entry larger than itself, nor keep what that was to replace', () => {
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
});
