import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { encodeEntry, newEntry, type Lifetime } from '../../../src/cache/entry.js';
import { MemoryTier } from '../../../src/cache/memory-tier.js';
import { NotCached, ReadThroughCache, type Source } from '../../../src/cache/read-through-cache.js';
import { RedisTier } from '../../../src/cache/redis-tier.js';
import { SingleFlight } from '../../../src/cache/single-flight.js';
import { RedisLink } from '../../../src/redis/redis-link.js';
import { CallerGone, Deadline } from '../../../src/resilience/deadline.js';
import { TestClock } from '../../support/test-clock.js';

const lifetime: Lifetime = { freshMs: 60_000, staleMs: 600_000 };
const freshMs = lifetime.freshMs;

/** Redis as the cache sees it: answers when the test says so. */
class SlowRedisTier extends RedisTier {
  readonly texts = new Map<string, { text: string; ttlMs: number }>();
  readonly #waiting: (() => void)[] = [];
  isSlow = false;
  gets = 0;

  constructor() {
    const offline = new Redis({ lazyConnect: true });
    super(new RedisLink(offline, 'test', new TestClock(), pino({ level: 'silent' })));
  }

  override async get(key: string) {
    this.gets += 1;
    const found = this.texts.get(key);
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return found && { entry: JSON.parse(found.text), length: found.text.length };
  }

  override set(key: string, text: string, ttlMs: number): Promise<void> {
    this.texts.set(key, { text, ttlMs });
    return Promise.resolve();
  }

  answerAll(): void {
    this.isSlow = false;
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

/** Loads `value-1`, `value-2`, … or fails as told. */
class CountingSource implements Source<string> {
  readonly key = 'key';
  loads = 0;
  failure: Error | undefined;

  constructor(private readonly clock: TestClock) {}

  load(): Promise<{ value: string; fetchedAt: number }> {
    this.loads += 1;
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve({ value: `value-${this.loads}`, fetchedAt: this.clock.now() });
  }

  lifetime(): Lifetime {
    return lifetime;
  }
}

function setUp(redis: RedisTier | null = null) {
  const clock = new TestClock();
  const memory = new MemoryTier(1_000_000);
  const cache = new ReadThroughCache(memory, redis, new SingleFlight(), clock);
  const source = new CountingSource(clock);
  const read = async (demand = {}, from: Source<unknown> = source) => {
    const deadline = new Deadline(clock, 15_000);
    return cache
      .read(from, { demand, deadline, consumer: 'reader', priority: 'waiting' })
      .finally(() => deadline.end(new CallerGone()));
  };
  return { clock, memory, cache, source, read };
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

describe('reading through the cache', () => {
  it('loads what nobody has, then serves it while it is fresh', async () => {
    const { clock, source, read } = setUp();
    expect(await read()).toMatchObject({
      entry: { value: 'value-1' },
      status: 'fresh',
      outcome: 'uri-miss',
      collapsed: false,
    });
    clock.advance(freshMs - 1_000);
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(1);
    clock.advance(1_000);
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'stale' });
  });

  it('counts the life from the moment the owner was asked', async () => {
    const { clock, read } = setUp();
    const asked = clock.now() - freshMs + 1_000;
    const source = {
      key: 'slow',
      load: () => Promise.resolve({ value: 1, fetchedAt: asked }),
      lifetime: () => Promise.resolve(lifetime),
    };
    const { entry } = await read({}, source);
    expect(entry).toMatchObject({ fetchedAt: asked, freshUntil: asked + freshMs });
  });

  it('shares one load among callers, and says who shared', async () => {
    const { source, read } = setUp();
    const readings = await Promise.all([read(), read(), read()]);
    expect(readings.map(({ collapsed }) => collapsed)).toEqual([false, true, true]);
    expect(source.loads).toBe(1);
  });

  it('serves what it kept, as stale and with the reason, when a load fails', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(freshMs);
    source.failure = new Error('HSS is down');
    expect(await read()).toMatchObject({
      entry: { value: 'value-1' },
      status: 'stale',
      outcome: 'stale',
      error: source.failure,
    });
    clock.advance(lifetime.staleMs);
    await expect(read()).rejects.toBe(source.failure);
  });

  it('stores no failure', async () => {
    const { source, read } = setUp();
    source.failure = new Error('HSS is down');
    await expect(read()).rejects.toBe(source.failure);
    source.failure = undefined;
    expect((await read()).entry.value).toBe('value-2');
  });

  it('fails rather than serve what is older than asked for', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(11_000);
    source.failure = new Error('HSS is throttling');
    await expect(read({ maxAgeMs: 0 })).rejects.toBe(source.failure);
    expect(await read()).toMatchObject({ outcome: 'hit' });
    source.failure = undefined;
    expect(await read({ maxAgeMs: 5_000 })).toMatchObject({
      entry: { value: 'value-3' },
      outcome: 'request',
    });
  });

  it('never loads for only-if-cached', async () => {
    const { clock, source, read } = setUp();
    await expect(read({ onlyIfCached: true })).rejects.toBeInstanceOf(NotCached);
    await read();
    expect(await read({ onlyIfCached: true })).toMatchObject({ outcome: 'hit' });
    clock.advance(freshMs);
    await expect(read({ onlyIfCached: true })).rejects.toBeInstanceOf(NotCached);
    expect(await read({ onlyIfCached: true, maxStaleMs: 1_000 })).toMatchObject({
      outcome: 'hit',
      status: 'stale',
    });
    expect(source.loads).toBe(1);
  });

  it('keeps a value apart from what was loaded, so that memory and Redis hold the same', async () => {
    const { clock, read } = setUp();
    const value = { id: 9_007_199_254_740_993n, unset: undefined, rows: ['a'] };
    const source = {
      key: 'apart',
      load: () => Promise.resolve({ value, fetchedAt: clock.now() }),
      lifetime: () => lifetime,
    };
    await read({}, source);
    value.rows.push('changed by whoever loaded it');
    expect((await read({}, source)).entry.value).toStrictEqual({ id: 9_007_199_254_740_993n, rows: ['a'] });
  });

  it('peeks without loading', async () => {
    const { clock, cache, source, read } = setUp();
    expect(await cache.peek('key', {})).toBeUndefined();
    await read();
    expect(await cache.peek('key', {})).toMatchObject({ value: 'value-1' });
    clock.advance(freshMs);
    expect(await cache.peek('key', {})).toBeUndefined();
    expect(source.loads).toBe(1);
  });

  it('serves what was put', async () => {
    const { clock, cache, source, read } = setUp();
    cache.put('key', 'put', clock.now(), lifetime);
    expect(await read()).toMatchObject({ entry: { value: 'put' }, outcome: 'hit' });
    expect(source.loads).toBe(0);
  });
});

describe('reading through two tiers', () => {
  function setUpTiers() {
    const redis = new SlowRedisTier();
    const tiers = { redis, ...setUp(redis) };
    const putIntoRedis = (value: string, fetchedAt: number) =>
      redis.texts.set('key', { text: JSON.stringify(newEntry(value, fetchedAt, lifetime)), ttlMs: 1 });
    return { ...tiers, putIntoRedis };
  }

  it('stores into Redis what was loaded, for as long as it is kept', async () => {
    const { redis, read } = setUpTiers();
    const { entry } = await read();
    const stored = redis.texts.get('key');
    expect(stored?.text).toBe(encodeEntry(entry));
    expect(stored?.ttlMs).toBeGreaterThan(freshMs + lifetime.staleMs - 5_000);
    expect(stored?.ttlMs).toBeLessThanOrEqual(freshMs + lifetime.staleMs);
  });

  it('takes what another instance stored, and asks Redis for it once', async () => {
    const { clock, redis, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('of another', clock.now());
    for (let reading = 0; reading < 3; reading += 1)
      expect(await read()).toMatchObject({ entry: { value: 'of another' }, outcome: 'hit' });
    expect(redis.gets).toBe(1);
    expect(source.loads).toBe(0);
  });

  it('takes what another instance renewed over its own that has gone stale', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('renewed', clock.now());
    expect(await read()).toMatchObject({ entry: { value: 'renewed' }, outcome: 'hit' });
    expect(source.loads).toBe(1);
  });

  it('keeps its own when that is the newer one', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('older', clock.now() - 2 * freshMs);
    source.failure = new Error('HSS is down');
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'stale' });
  });

  it('does not take from Redis what is past its keeping', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('ancient', clock.now() - freshMs - lifetime.staleMs);
    source.failure = new Error('HSS is down');
    await expect(read()).rejects.toBe(source.failure);
  });

  it('looks again after a slow Redis: a load may have ended meanwhile', async () => {
    const { redis, source, read } = setUpTiers();
    redis.isSlow = true;
    const slow = read();
    await settled();
    redis.isSlow = false;
    expect((await read()).outcome).toBe('uri-miss');
    redis.answerAll();
    expect(await slow).toMatchObject({ entry: { value: 'value-1' }, outcome: 'hit' });
    expect(source.loads).toBe(1);
  });
});
