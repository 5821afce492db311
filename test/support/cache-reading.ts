/* The reading cache of one instance for unit tests: with a still clock, a counting source and a Redis under control. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { CacheCounts } from '../../src/cache/counts.js';
import type { FreshnessDemand } from '../../src/cache/freshness-demand.js';
import type { Entry, Lifetime } from '../../src/cache/entry.js';
import { Failures } from '../../src/cache/failures.js';
import { keyHashOf } from '../../src/cache/key-hash.js';
import { Loader, type FailureCodec } from '../../src/cache/loader.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { Purges } from '../../src/cache/purges.js';
import { ReadThroughCache } from '../../src/cache/read-through-cache.js';
import { SharedTier, type Standing, type Stored } from '../../src/cache/shared-tier.js';
import { SingleFlight } from '../../src/cache/single-flight.js';
import type { Loaded, Source } from '../../src/cache/source.js';
import { Tiers } from '../../src/cache/tiers.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import type { Load } from '../../src/budget/load.js';
import { Unwanted } from '../../src/budget/budget-errors.js';
import { CallerGone, Deadline } from '../../src/time/deadline.js';
import { entryOf } from './cache-parts.js';
import { TestClock } from './test-clock.js';
import { until } from './until.js';

export const lifetime: Lifetime = { freshMs: 60_000, staleMs: 600_000 };
export const freshMs = lifetime.freshMs;
export const keyHash = keyHashOf('key');

/** A failure that is shared with other instances. */
export class OwnerFails extends Error {}

const failureCodec: FailureCodec = {
  write: (error) => (error instanceof OwnerFails ? error.message : null),
  read: (text) => new OwnerFails(text),
};

/** Redis as the cache sees it. The test says whether Redis answers, stumbles or is away. */
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
    super(link, 'news', () => undefined);
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
    const fence = Math.round(this.time.now() * 1000);
    return Promise.resolve({ fence, stored, failure: this.failed.get(key) });
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

/** Loads `value-1`, `value-2`, …, or fails as the test says, or hangs until `goOn`. */
class CountingSource implements Source<string> {
  readonly key = 'key';
  readonly usualFreshMs = lifetime.freshMs;
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

export function setUpReading({ clock = TestClock.still(), shared = null as SlowSharedTier | null } = {}) {
  const purges = new Purges();
  const memory = new MemoryTier(1_000_000, purges);
  const counts = new CacheCounts();
  const tiers = new Tiers(memory, new MemoryTier(100_000, purges), shared, null, purges, counts, clock);
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
  /** Reads an entry after its fresh life, and waits until the refresh that this read starts has ended. */
  const refreshed = async () => {
    const { loads } = source;
    await read();
    await until(() => source.loads > loads && !loader.isLoading(keyHash));
  };
  return { clock, memory, counts, loader, cache, source, read, purge, refreshed };
}

export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Like `setUpReading`, with a Redis that other instances share. */
export function setUpTiers() {
  const clock = TestClock.still();
  const shared = new SlowSharedTier(clock);
  const tiers = { shared, ...setUpReading({ clock, shared }) };
  const putIntoRedis = (value: string, fetchedAt: number, over: Partial<Entry> = {}) =>
    shared.stored.set(keyHash, {
      entry: { ...entryOf(value, fetchedAt, lifetime, { fence: fetchedAt * 1000 }), ...over },
      ttlMs: 1,
    });
  return { ...tiers, putIntoRedis };
}
