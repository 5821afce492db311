import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { CacheCounts } from '../../../src/cache/counts.js';
import type { FreshnessDemand } from '../../../src/cache/freshness-demand.js';
import type { Entry, Lifetime } from '../../../src/cache/entry.js';
import { Failures } from '../../../src/cache/failures.js';
import { keyHashOf } from '../../../src/cache/key-hash.js';
import { Loader, type FailureCodec } from '../../../src/cache/loader.js';
import { MemoryTier } from '../../../src/cache/memory-tier.js';
import { everything, Purges } from '../../../src/cache/purges.js';
import { NotCached, ReadThroughCache } from '../../../src/cache/read-through-cache.js';
import { SharedTier, type Standing, type Stored } from '../../../src/cache/shared-tier.js';
import { SingleFlight } from '../../../src/cache/single-flight.js';
import type { Loaded, Source } from '../../../src/cache/source.js';
import { decodeEntry } from '../../../src/cache/entry-codec.js';
import { Tiers } from '../../../src/cache/tiers.js';
import { RedisLink } from '../../../src/redis/redis-link.js';
import type { Load } from '../../../src/budget/load.js';
import { Unwanted } from '../../../src/budget/budget-errors.js';
import { CallerGone, Deadline } from '../../../src/time/deadline.js';
import { entryOf } from '../../support/cache-parts.js';
import { TestClock } from '../../support/test-clock.js';
import { until } from '../../support/until.js';

const lifetime: Lifetime = { freshMs: 60_000, staleMs: 600_000 };
const freshMs = lifetime.freshMs;
const keyHash = keyHashOf('key');

/** A failure that other instances are told of. */
class OwnerFails extends Error {}

const failureCodec: FailureCodec = {
  write: (error) => (error instanceof OwnerFails ? error.message : null),
  read: (text) => new OwnerFails(text),
};

/** Redis as the cache sees it: answers when the test says so. */
class SlowSharedTier extends SharedTier {
  readonly stored = new Map<string, { entry: Entry; bytes?: Buffer; ttlMs: number }>();
  readonly failed = new Map<string, { text: string; count: number; remainingMs: number }>();
  readonly #waiting: (() => void)[] = [];
  isAway = false;
  isSlow = false;
  isStumbling = false;
  gets = 0;

  constructor(private readonly time: TestClock) {
    const offline = new Redis({ lazyConnect: true });
    const link = new RedisLink(offline, 'test', time, pino({ level: 'silent' }));
    super(link, 'news', time, () => undefined);
  }

  override get fence(): number {
    return Math.round(this.time.now() * 1000);
  }

  override get isUp(): boolean {
    return !this.isAway;
  }

  override async get(key: string): Promise<Stored | null | undefined> {
    this.gets += 1;
    const found = this.stored.get(key);
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.isStumbling) return undefined;
    return found ? { entry: found.entry, jsonLength: 10 } : null;
  }

  override standing(key: string): Promise<Standing> {
    const found = this.stored.get(key);
    const stored = found && { entry: found.entry, jsonLength: 10 };
    return Promise.resolve({ fence: this.fence, stored, failure: this.failed.get(key) });
  }

  override put(key: string, entry: Entry, bytes: Buffer, ttlMs: number): Promise<void> {
    if ((this.stored.get(key)?.entry.fence ?? 0) <= entry.fence)
      this.stored.set(key, { entry, bytes, ttlMs });
    return Promise.resolve();
  }

  override fail(key: string, text: string, count: number, holdOffMs: number): Promise<void> {
    this.failed.set(key, { text, count, remainingMs: holdOffMs });
    return Promise.resolve();
  }

  answerAll(): void {
    this.isSlow = false;
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

/** Loads `value-1`, `value-2`, … or fails as told, or hangs until it is told to go on. */
class CountingSource implements Source<string> {
  readonly key = 'key';
  loads = 0;
  failure: Error | undefined;
  isOutdatedNow = false;
  beside: Loaded<string>['beside'];
  #wait: Promise<void> | undefined;
  #goOn = () => {};

  constructor(private readonly clock: TestClock) {}

  async load(load: Load): Promise<Loaded<string>> {
    if (!(await load.claim())) throw new Unwanted();
    this.loads += 1;
    const { loads, failure } = this;
    const fetchedAt = this.clock.now();
    await this.#wait;
    if (failure) throw failure;
    return { value: `value-${loads}`, fetchedAt, ...(this.beside ? { beside: this.beside } : {}) };
  }

  lifetime(): Lifetime {
    return lifetime;
  }

  tags(): string[] {
    return ['list:some'];
  }

  isOutdated(): boolean {
    return this.isOutdatedNow;
  }

  hang(): void {
    this.#wait = new Promise((resolve) => (this.#goOn = resolve));
  }

  goOn(): void {
    this.#goOn();
    this.#wait = undefined;
  }
}

function setUp({ clock = TestClock.still(), shared = null as SlowSharedTier | null } = {}) {
  const memory = new MemoryTier(1_000_000);
  const purges = new Purges();
  const counts = new CacheCounts();
  const tiers = new Tiers(memory, shared, null, purges, counts, clock);
  const failures = new Failures(clock);
  const flights = new SingleFlight<Entry>();
  const loader = new Loader(tiers, flights, failures, purges, failureCodec, counts, clock, () => 0);
  const cache = new ReadThroughCache(tiers, loader, clock);
  const source = new CountingSource(clock);
  const read = async (demand: FreshnessDemand = {}, from: Source<unknown> = source) => {
    const deadline = new Deadline(clock, 15_000);
    return cache
      .read(from, { demand, deadline, consumer: 'reader', priority: 'waiting' })
      .finally(() => deadline.end(new CallerGone()));
  };
  const purge = (tag: string) => {
    purges.learn(tag, purges.generation + 1);
    loader.purged();
  };
  /** Past the fresh life, with the refresh that the next reading starts done. */
  const refreshed = async () => {
    const { loads } = source;
    await read();
    await until(() => source.loads > loads && !loader.isLoading(keyHash));
  };
  return { clock, memory, counts, loader, cache, source, read, purge, refreshed };
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
  });

  it('serves it at once past its fresh life, as stale, and refreshes it once behind the back', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(freshMs);
    source.hang();
    const stale = { entry: { value: 'value-1' }, status: 'stale', outcome: 'hit' };
    for (let reading = 0; reading < 5; reading += 1) {
      expect(await read()).toMatchObject(stale);
      await settled();
    }
    expect(source.loads).toBe(2);
    source.goOn();
    await settled();
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(2);
  });

  it('loads anew once nothing is kept any more', async () => {
    const { clock, read } = setUp();
    await read();
    clock.advance(freshMs + lifetime.staleMs);
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'uri-miss' });
  });

  it('counts the life from the moment the owner was asked', async () => {
    const { clock, read } = setUp();
    const asked = clock.now() - freshMs + 1_000;
    const source = {
      key: 'slow',
      load: () => Promise.resolve({ value: 1, fetchedAt: asked }),
      lifetime: () => Promise.resolve(lifetime),
      tags: () => [],
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
    const { clock, source, read, refreshed } = setUp();
    await read();
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    await refreshed();
    expect(await read()).toMatchObject({
      entry: { value: 'value-1' },
      status: 'stale',
      outcome: 'hit',
      error: source.failure,
    });
    clock.advance(lifetime.staleMs);
    await expect(read()).rejects.toBe(source.failure);
  });

  it('stores no failure, and shares it until its hold-off is over', async () => {
    const { clock, source, read } = setUp();
    const failure = new OwnerFails('HSS is down');
    source.failure = failure;
    await expect(read()).rejects.toBe(failure);
    source.failure = undefined;
    await expect(read()).rejects.toBe(failure);
    expect(source.loads).toBe(1);
    clock.advance(1_000);
    expect((await read()).entry.value).toBe('value-2');
  });

  it('leaves a key alone for longer and longer while its refreshes fail', async () => {
    const { clock, source, read, refreshed } = setUp();
    await read();
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    for (const holdOffMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await refreshed();
      const { loads } = source;
      clock.advance(holdOffMs - 500);
      expect(await read()).toMatchObject({ status: 'stale', error: source.failure });
      await settled();
      expect(source.loads).toBe(loads);
      clock.advance(500);
    }
    source.failure = undefined;
    await refreshed();
    expect(await read()).toMatchObject({ status: 'fresh', outcome: 'hit' });
  });

  it('does not share what was no failure of the owner, and pauses a refresh that it kept from being made', async () => {
    const { clock, source, read, refreshed } = setUp();
    source.failure = new Error('no call to spare');
    await expect(read()).rejects.toBe(source.failure);
    source.failure = undefined;
    expect((await read()).entry.value).toBe('value-2');
    clock.advance(freshMs);
    source.failure = new Error('no call to spare');
    await refreshed();
    clock.advance(4_000);
    expect(await read()).toMatchObject({ status: 'stale' });
    expect((await read()).error).toBeUndefined();
    await settled();
    expect(source.loads).toBe(3);
    clock.advance(1_100);
    await refreshed();
    expect(source.loads).toBe(4);
  });

  it('fails rather than serve what is older than asked for', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(11_000);
    source.failure = new OwnerFails('HSS is throttling');
    await expect(read({ maxAgeMs: 0 })).rejects.toBe(source.failure);
    expect(await read()).toMatchObject({ outcome: 'hit', status: 'fresh' });
    source.failure = undefined;
    clock.advance(1_000);
    expect(await read({ maxAgeMs: 5_000 })).toMatchObject({
      entry: { value: 'value-3' },
      outcome: 'request',
    });
  });

  it('serves nothing stale to those who do not take it', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(freshMs);
    expect(await read({ mustBeFresh: true })).toMatchObject({
      entry: { value: 'value-2' },
      status: 'fresh',
      outcome: 'stale',
    });
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    await expect(read({ mustBeFresh: true })).rejects.toBe(source.failure);
    await expect(read({ mustBeFresh: true, maxStaleMs: 1e9 })).rejects.toBe(source.failure);
    expect(await read()).toMatchObject({ status: 'stale', error: source.failure });
    expect(source.loads).toBe(3);
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

  it('waits for the load past max-stale, though not longer than a second, and stores what it brings', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(freshMs + 10_000);
    source.hang();
    const waiting = read({ maxStaleMs: 5_000 });
    await until(() => source.loads === 2);
    clock.advance(1_000);
    expect(await waiting).toMatchObject({ entry: { value: 'value-1' }, status: 'stale', outcome: 'stale' });
    source.goOn();
    await settled();
    expect(await read({ maxStaleMs: 5_000 })).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits as long for a walk that has newer blocks already, and lets older ones stand in', async () => {
    const { clock, source, read } = setUp();
    await read();
    clock.advance(freshMs);
    expect(await read({ fetchedSince: clock.now() - 10 })).toMatchObject({
      entry: { value: 'value-2' },
      outcome: 'stale',
    });
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    expect(await read({ fetchedSince: clock.now() - 10 })).toMatchObject({
      entry: { value: 'value-2' },
      status: 'stale',
      error: source.failure,
    });
    expect(await read({ fetchedSince: clock.now() - 2 * freshMs })).toMatchObject({ outcome: 'hit' });
    expect(source.loads).toBe(3);
  });

  it('takes what is known to have changed for stale before its time', async () => {
    const { source, read } = setUp();
    await read();
    source.isOutdatedNow = true;
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'stale' });
    await until(() => source.loads === 2);
    await settled();
    source.isOutdatedNow = false;
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(2);
  });

  it('keeps a value apart from what was loaded, so that memory and Redis hold the same', async () => {
    const { clock, read } = setUp();
    const value = { id: 9_007_199_254_740_993n, unset: undefined, rows: ['a'] };
    const source = {
      key: 'apart',
      load: () => Promise.resolve({ value, fetchedAt: clock.now() }),
      lifetime: () => lifetime,
      tags: () => [],
    };
    await read({}, source);
    value.rows.push('changed by whoever loaded it');
    expect((await read({}, source)).entry.value).toStrictEqual({ id: 9_007_199_254_740_993n, rows: ['a'] });
  });

  it('peeks without loading', async () => {
    const { clock, cache, source, read } = setUp();
    expect(await cache.peek(source, {})).toBeUndefined();
    await read();
    expect(await cache.peek(source, {})).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh' });
    clock.advance(freshMs);
    expect(await cache.peek(source, {})).toBeUndefined();
    expect(source.loads).toBe(1);
  });

  it('stores what was learned along with a value like the value itself, unless it was purged meanwhile', async () => {
    const { cache, source, read, purge } = setUp();
    const end = { key: 'end' };
    source.beside = { key: 'end', value: 10 };
    const { entry } = await read();
    expect((await cache.peek(end, {}))?.entry).toEqual({ ...entry, value: 10 });
    purge('list:some');
    expect(await cache.peek(end, {})).toBeUndefined();
    source.hang();
    const waited = read();
    await until(() => source.loads === 2);
    purge('list:some');
    source.goOn();
    await waited;
    expect(await cache.peek(end, {})).toBeUndefined();
  });

  it('forgets what was purged, by its key, its tag or with everything', async () => {
    const { memory, source, read, purge } = setUp();
    await read();
    for (const tag of [`key:${keyHash}`, 'list:some', everything]) {
      purge('list:other');
      expect((await read()).outcome).toBe('hit');
      purge(tag);
      expect(memory.count).toBe(0);
      expect((await read()).outcome).toBe('uri-miss');
    }
    expect(source.loads).toBe(4);
  });

  it('gives what was loaded during a purge to those who waited, and does not store it', async () => {
    const { memory, source, read, purge } = setUp();
    source.hang();
    const waited = read();
    await until(() => source.loads === 1);
    purge('list:some');
    const late = read();
    await until(() => source.loads === 2);
    source.goOn();
    expect((await waited).entry.value).toBe('value-1');
    expect((await late).entry.value).toBe('value-2');
    expect(memory.get(keyHash)?.value).toBe('value-2');
  });
});

describe('reading through two tiers', () => {
  function setUpTiers() {
    const clock = TestClock.still();
    const shared = new SlowSharedTier(clock);
    const tiers = { shared, ...setUp({ clock, shared }) };
    const putIntoRedis = (value: string, fetchedAt: number, over: Partial<Entry> = {}) =>
      shared.stored.set(keyHash, {
        entry: { ...entryOf(value, fetchedAt, lifetime, { fence: fetchedAt * 1000 }), ...over },
        ttlMs: 1,
      });
    return { ...tiers, putIntoRedis };
  }

  it('stores into Redis what was loaded, for as long as it is kept', async () => {
    const { shared, read } = setUpTiers();
    const { entry } = await read();
    const stored = shared.stored.get(keyHash);
    expect(stored?.bytes && decodeEntry(stored.bytes)?.entry).toEqual(entry);
    expect(entry.tags).toEqual(['list:some']);
    expect(stored?.ttlMs).toBeGreaterThan(freshMs + lifetime.staleMs - 5_000);
    expect(stored?.ttlMs).toBeLessThanOrEqual(freshMs + lifetime.staleMs);
  });

  it('takes what another instance stored, and asks Redis for it once', async () => {
    const { clock, shared, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('of another', clock.now());
    for (let reading = 0; reading < 3; reading += 1)
      expect(await read()).toMatchObject({ entry: { value: 'of another' }, outcome: 'hit' });
    expect(shared.gets).toBe(1);
    expect(source.loads).toBe(0);
  });

  it('takes what another instance renewed over its own that has gone stale', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('renewed', clock.now());
    expect(await read()).toMatchObject({ entry: { value: 'renewed' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(1);
  });

  it('keeps its own when that is the newer one', async () => {
    const { clock, source, read, putIntoRedis } = setUpTiers();
    await read();
    clock.advance(freshMs);
    putIntoRedis('older', clock.now() - 2 * freshMs);
    source.failure = new OwnerFails('HSS is down');
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'stale' });
  });

  it('does not take from Redis what is past its keeping, or void', async () => {
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

  it('looks again after a slow Redis: something may have been stored meanwhile', async () => {
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

  it("takes another instance's value, found before the call, instead of calling", async () => {
    const { clock, counts, shared, source, read, putIntoRedis } = setUpTiers();
    shared.isSlow = true;
    const reading = read();
    await settled();
    putIntoRedis('stored meanwhile', clock.now());
    shared.answerAll();
    expect((await reading).entry.value).toBe('stored meanwhile');
    expect([source.loads, counts.superseded]).toEqual([0, 1]);
  });

  it("takes another instance's failure, found before the call, instead of calling", async () => {
    const { clock, shared, source, read } = setUpTiers();
    shared.failed.set(keyHash, { text: 'told by another', count: 3, remainingMs: 2_000 });
    await expect(read()).rejects.toThrow('told by another');
    expect(source.loads).toBe(0);
    // Redis's clock cannot be moved: what is over by ours is over.
    clock.advance(2_000);
    expect((await read()).entry.value).toBe('value-1');
  });

  it('tells the others of a failure and its hold-off', async () => {
    const { shared, source, read } = setUpTiers();
    source.failure = new OwnerFails('HSS is down');
    await expect(read()).rejects.toBe(source.failure);
    expect(shared.failed.get(keyHash)).toMatchObject({ text: 'HSS is down', count: 1 });
    expect(shared.failed.get(keyHash)?.remainingMs).toBeLessThanOrEqual(1_000);
  });

  it('takes what is told of another instance without a call, value or failure', async () => {
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

  it('compares what it held with Redis after news may have been missed, and gives Redis what it has lost', async () => {
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

  it.each<[string, FreshnessDemand, ageMs: number]>([
    ['no-cache', { maxAgeMs: 0 }, 30_000],
    ['max-age', { maxAgeMs: 20_000 }, 30_000],
    ['nothing stale', { mustBeFresh: true }, 70_000],
  ])(
    'asks HSS for who wants %s, when Redis comes back with what is too old for that',
    async (_what, demand, ageMs) => {
      const { clock, shared, source, read, putIntoRedis } = setUpTiers();
      putIntoRedis('too old', clock.now() - ageMs);
      shared.isStumbling = true;
      expect(await read(demand)).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh' });
      expect(source.loads).toBe(1);
    },
  );

  it('asks HSS once for all who want something else than the fleet has come to meanwhile', async () => {
    const { clock, shared, source, read, putIntoRedis } = setUpTiers();
    putIntoRedis('too old', clock.now() - 30_000);
    shared.isStumbling = true;
    const readings = await Promise.all([read(), read({ maxAgeMs: 0 }), read(), read({ maxAgeMs: 1 })]);
    expect(readings.map(({ entry }) => entry.value)).toEqual(['too old', 'value-1', 'too old', 'value-1']);
    expect(source.loads).toBe(1);
  });

  it('gives up nothing newer for what comes late: from Redis, or of a load that others have overtaken', async () => {
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
    expect((await read()).entry.value).toBe('newer');

    memory.purge(() => true);
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

  it('stores what was asked for last, whatever time Redis says it is', async () => {
    const { clock, loader, shared, source, read, purge, putIntoRedis } = setUpTiers();
    // Before a failover to a host whose clock is behind.
    const fence = (clock.now() + 60_000) * 1000;
    putIntoRedis('of before', clock.now(), { fence, tags: ['list:some'] });
    loader.storedElsewhere(keyHash, fence);
    purge('list:some');
    const { entry } = await read();
    expect(shared.stored.get(keyHash)?.entry).toEqual(entry);
    expect((await read()).outcome).toBe('hit');
    expect(source.loads).toBe(1);
  });

  it('compares what it held with Redis, however often Redis stumbles over that', async () => {
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

  it('goes on with memory alone while Redis is away', async () => {
    const { clock, shared, source, read } = setUpTiers();
    await read();
    shared.isAway = true;
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, outcome: 'hit' });
    clock.advance(freshMs + lifetime.staleMs);
    expect(await read()).toMatchObject({ outcome: 'uri-miss' });
    expect([shared.gets, source.loads]).toEqual([1, 2]);
  });
});
