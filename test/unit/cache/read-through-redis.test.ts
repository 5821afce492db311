import { describe, expect, it } from '@jest/globals';
import { decodeEntry } from '../../../src/cache/entry-codec.js';
import { entryOf } from '../../support/cache-parts.js';
import { freshMs, keyHash, lifetime, OwnerFails, settled, setUpTiers } from '../../support/cache-reading.js';

describe('reading through memory and Redis', () => {
  it('stores a loaded value in Redis for its kept life', async () => {
    const { shared, read } = setUpTiers();
    const { entry } = await read();
    const stored = shared.stored.get(keyHash);
    expect(stored?.bytes && decodeEntry(stored.bytes)?.entry).toEqual(entry);
    expect(entry.tags).toEqual(['list:some']);
    expect(stored?.ttlMs).toBeGreaterThan(freshMs + lifetime.staleMs - 5_000);
    expect(stored?.ttlMs).toBeLessThanOrEqual(freshMs + lifetime.staleMs);
  });

  it('takes a value that another instance stored, and asks Redis once', async () => {
    const { clock, shared, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('of another', clock.now());
    for (let reading = 0; reading < 3; reading += 1)
      expect(await read()).toMatchObject({ entry: { value: 'of another' }, outcome: 'hit' });
    expect(shared.gets).toBe(1);
    expect(source.loads).toBe(0);
  });

  it('prefers a value that another instance renewed to its own stale one', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('renewed', clock.now());
    expect(await read()).toMatchObject({ entry: { value: 'renewed' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(1);
  });

  it('keeps its own value when that is newer', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('older', clock.now() - 2 * freshMs);
    source.failure = new OwnerFails('HSS is down');
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'stale' });
  });

  it('takes no entry from Redis that is expired or purged', async () => {
    const { clock, source, read, purge, putIntoRedis } = setUpTiers();
    source.failure = new OwnerFails('HSS is down');
    putIntoRedis('ancient', clock.now() - freshMs - lifetime.staleMs);
    await expect(read()).rejects.toBe(source.failure);
    purge('list:some');
    putIntoRedis('void', clock.now(), { tags: ['list:some'] });
    await expect(read()).rejects.toBe(source.failure);
    putIntoRedis('valid', clock.now(), { tags: ['list:some'], generation: 1 });
    expect((await read()).entry.value).toBe('valid');
  });

  it('takes an entry from the future for stale', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('of a clock that is ahead', clock.now() + 60 * freshMs);
    await expect(read({ onlyIfCached: true })).rejects.toThrow();
    const { entry, status } = await read({ mustBeFresh: true });
    expect([entry.value, status, source.loads]).toEqual(['value-1', 'fresh', 1]);
    expect(entry.fetchedAt).toBe(clock.now());
  });

  it('looks into memory again after a slow Redis', async () => {
    const { clock, memory, shared, source, read } = setUpTiers();
    shared.isSlow = true;
    const slow = [read(), read()];
    await settled();
    memory.set(keyHash, entryOf('stored meanwhile', clock.now(), lifetime), 10);
    shared.answerAll();
    for (const reading of await Promise.all(slow))
      expect(reading).toMatchObject({ entry: { value: 'stored meanwhile' }, outcome: 'hit' });
    expect([shared.gets, source.loads]).toEqual([1, 0]);
  });

  it('compares held entries with Redis after missed messages, and restores lost ones', async () => {
    const { clock, memory, shared, source, read, putIntoRedis } = setUpTiers();
    await read();
    shared.stored.clear();
    memory.doubtAll();
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, outcome: 'hit' });
    expect(shared.stored.get(keyHash)?.entry.value).toBe('value-1');
    clock.advance(1_000);
    putIntoRedis('newer', clock.now());
    expect((await read()).entry.value).toBe('value-1');
    memory.doubtAll();
    expect((await read()).entry.value).toBe('newer');
    expect(source.loads).toBe(1);
  });

  it('compares held entries with Redis again after Redis stumbled', async () => {
    const { clock, memory, shared, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(1_000);
    putIntoRedis('newer', clock.now());
    memory.doubtAll();
    shared.isStumbling = true;
    expect((await read()).entry.value).toBe('value-1');
    shared.isStumbling = false;
    expect((await read()).entry.value).toBe('newer');
  });

  it("stores the latest answer even after Redis's clock was set back", async () => {
    const { clock, loader, shared, source, read, purge, putIntoRedis } = setUpTiers();
    // Stored before a failover to a host whose clock is behind.
    const fence = (clock.now() + 60_000) * 1000;
    putIntoRedis('of before', clock.now(), { fence, tags: ['list:some'] });
    loader.storedElsewhere(keyHash, fence);
    purge('list:some');
    const { entry } = await read();
    expect(shared.stored.get(keyHash)?.entry).toEqual(entry);
    expect((await read()).outcome).toBe('hit');
    expect(source.loads).toBe(1);
  });

  it('uses memory alone while Redis is away', async () => {
    const { clock, shared, source, read } = setUpTiers();
    await read();
    shared.isAway = true;
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, outcome: 'hit' });
    clock.advance(freshMs + lifetime.staleMs);
    expect(await read()).toMatchObject({ outcome: 'uri-miss' });
    expect([shared.gets, source.loads]).toEqual([1, 2]);
  });
});
