import { describe, expect, it } from '@jest/globals';
import type { FreshnessDemand } from '../../../src/cache/freshness-demand.js';
import { until } from '../../support/until.js';
import { freshMs, keyHash, lifetime, OwnerFails, settled, setUpTiers } from '../../support/cache-reading.js';

describe('a load beside the loads of other instances', () => {
  it("takes another instance's value that is found before the call", async () => {
    const { clock, counts, shared, source, read, putIntoRedis } = setUpTiers();
    shared.isSlow = true;
    const reading = read();
    await settled();
    putIntoRedis('stored meanwhile', clock.now());
    shared.answerAll();
    expect((await reading).entry.value).toBe('stored meanwhile');
    expect([source.loads, counts.superseded]).toEqual([0, 1]);
  });

  it("takes another instance's failure that is found before the call", async () => {
    const { clock, shared, source, read } = setUpTiers();
    shared.failed.set(keyHash, { text: 'told by another', count: 3, remainingMs: 2_000 });
    await expect(read()).rejects.toThrow('told by another');
    expect(source.loads).toBe(0);
    // Redis still reports the failure, since its clock stands still; by our clock the hold-off is over.
    clock.advance(2_000);
    expect((await read()).entry.value).toBe('value-1');
  });

  it('shares a failure and its hold-off with the other instances', async () => {
    const { shared, source, read } = setUpTiers();
    source.failure = new OwnerFails('HSS is down');
    await expect(read()).rejects.toBe(source.failure);
    expect(shared.failed.get(keyHash)).toMatchObject({ text: 'HSS is down', count: 1 });
    expect(shared.failed.get(keyHash)?.remainingMs).toBeLessThanOrEqual(1_000);
  });

  it('takes a value or failure that another instance announced, without a call', async () => {
    const { clock, loader, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(1_000);
    const at = clock.now();
    putIntoRedis('newer', at);
    loader.storedElsewhere(keyHash, at * 1000);
    expect((await read()).entry.value).toBe('newer');
    loader.failedElsewhere(keyHash, 'told by another', 1, 1_000);
    clock.advance(lifetime.staleMs + freshMs);
    loader.failedElsewhere(keyHash, 'told by another', 2, 1_000);
    await expect(read()).rejects.toThrow('told by another');
    expect(source.loads).toBe(1);
  });

  it('ends the hold-off of a key that another instance has loaded', async () => {
    const { clock, loader, source, read, putIntoRedis } = setUpTiers();
    loader.failedElsewhere(keyHash, 'told by another', 6, 30_000);
    await expect(read()).rejects.toThrow('told by another');
    const at = clock.now();
    putIntoRedis('loaded', at);
    loader.storedElsewhere(keyHash, at * 1000);
    expect((await read()).entry.value).toBe('loaded');
    clock.advance(11_000);
    expect((await read({ maxAgeMs: 0 })).entry.value).toBe('value-1');
    expect(source.loads).toBe(1);
  });

  it.each<[string, FreshnessDemand, ageMs: number]>([
    ['no-cache', { maxAgeMs: 0 }, 30_000],
    ['max-age', { maxAgeMs: 20_000 }, 30_000],
    ['nothing stale', { mustBeFresh: true }, 70_000],
  ])('asks HSS for %s when the entry in Redis is too old', async (_what, demand, ageMs) => {
    const { clock, shared, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('too old', clock.now() - ageMs);
    shared.isStumbling = true;
    expect(await read(demand)).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh' });
    expect(source.loads).toBe(1);
  });

  it('asks HSS once for all callers that need a newer value', async () => {
    const { clock, shared, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('too old', clock.now() - 30_000);
    shared.isStumbling = true;
    const readings = await Promise.all([read(), read({ maxAgeMs: 0 }), read(), read({ maxAgeMs: 1 })]);
    expect(readings.map(({ entry }) => entry.value)).toEqual(['too old', 'value-1', 'too old', 'value-1']);
    expect(source.loads).toBe(1);
  });

  it('keeps the newer entry when an older one arrives late', async () => {
    const { clock, loader, memory, shared, source, read, putIntoRedis } = setUpTiers();
    const renew = () => {
      clock.advance(1_000);
      const at = clock.now();
      putIntoRedis('newer', at);
      loader.storedElsewhere(keyHash, at * 1000);
    };
    putIntoRedis('old', clock.now());
    shared.isSlow = true;
    const slow = read();
    await settled();
    renew();
    shared.answerAll();
    await slow;
    const { entry: newer } = await read();
    expect(newer.value).toBe('newer');

    // An entry that is larger than the memory drops the one before it.
    memory.set(keyHash, newer, 1e9);
    shared.stored.clear();
    source.hang();
    const late = read();
    await until(() => source.loads === 1);
    renew();
    source.goOn();
    expect((await late).entry.value).toBe('value-1');
    expect((await read()).entry.value).toBe('newer');
    expect(source.loads).toBe(1);
  });
});
