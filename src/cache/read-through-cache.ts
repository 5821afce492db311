import type { Clock } from '../resilience/clock.js';
import type { Load } from '../resilience/budget/load.js';
import type { Asking } from './asking.js';
import { mayStandIn, satisfies, type Demand } from './demand.js';
import { decodeEntry, encodeEntry, isFresh, newEntry, type Entry, type Lifetime } from './entry.js';
import type { MemoryTier } from './memory-tier.js';
import type { RedisTier } from './redis-tier.js';
import type { SingleFlight } from './single-flight.js';

/** What to read, and how to get it when nobody has it. */
export interface Source<T> {
  /** Identifies the value among all of the service; holds no secret. */
  key: string;
  /** @returns the value and the wall time in ms at which its owner was asked. */
  load(load: Load): Promise<{ value: T; fetchedAt: number }>;
  lifetime(value: T): Lifetime | Promise<Lifetime>;
}

/** How an answer came about, for Cache-Status (RFC 9211). */
export type CacheOutcome = 'hit' | 'uri-miss' | 'stale' | 'request';

export interface Reading<T> {
  entry: Entry<T>;
  /** `stale` when the fresh life was over at the moment of reading. */
  status: 'fresh' | 'stale';
  outcome: CacheOutcome;
  /** Shared with others that waited for the same load. */
  collapsed: boolean;
  /** Why a stale value stands in. */
  error?: unknown;
}

/** `only-if-cached`, and nothing is. */
export class NotCached extends Error {}

/**
 * Memory, then Redis, then one load for all who wait. Called by the endpoints; knows nothing of HSS: what it
 * stores, how long and from where is told by the Source. Failures are shared and never stored; when a load fails,
 * a kept value stands in.
 */
export class ReadThroughCache {
  constructor(
    private readonly memory: MemoryTier,
    private readonly redis: RedisTier | null,
    private readonly flights: SingleFlight,
    private readonly clock: Clock,
  ) {}

  /** @throws NotCached, the load's error when nothing can stand in, or the reason of the caller's deadline. */
  async read<T>(source: Source<T>, asking: Asking): Promise<Reading<T>> {
    const { demand } = asking;
    const held = await this.#find<T>(source.key, demand);
    if (held && satisfies(held, demand, this.clock.now())) return this.#reading(held, 'hit');
    if (demand.onlyIfCached) throw new NotCached();
    const outcome = !held ? 'uri-miss' : isFresh(held, this.clock.now()) ? 'request' : 'stale';
    // While we looked into Redis, a load of this key may have ended: what it stored is in memory by now.
    const landed = this.memory.get(source.key) as Entry<T> | undefined;
    if (landed && landed !== held && satisfies(landed, demand, this.clock.now()))
      return this.#reading(landed, 'hit');
    const collapsed = this.flights.isRunning(source.key);
    try {
      const entry = await this.flights.run(source.key, (load) => this.#load(source, load), asking);
      return { ...this.#reading(entry, outcome), collapsed };
    } catch (error) {
      if (held && mayStandIn(held, demand, this.clock.now()))
        return { ...this.#reading(held, outcome), error };
      throw error;
    }
  }

  /** @returns the entry when one is held that satisfies the demand; never loads. */
  async peek<T>(key: string, demand: Demand): Promise<Entry<T> | undefined> {
    const held = await this.#find<T>(key, demand);
    return held && satisfies(held, demand, this.clock.now()) ? held : undefined;
  }

  /** Stores what was learned by another way than a load. */
  put(key: string, value: unknown, fetchedAt: number, lifetime: Lifetime): void {
    this.#store(key, newEntry(value, fetchedAt, lifetime));
  }

  /** The memory's entry when that will do; else Redis's, which another instance may have renewed. */
  async #find<T>(key: string, demand: Demand): Promise<Entry<T> | undefined> {
    const now = this.clock.now();
    const inMemory = this.memory.get(key);
    if (inMemory && satisfies(inMemory, demand, now)) return inMemory as Entry<T>;
    const found = await this.redis?.get(key);
    const inRedis = found && found.entry.keepUntil > now ? found : undefined;
    if (!inRedis || (inMemory && inMemory.fetchedAt >= inRedis.entry.fetchedAt))
      return inMemory && inMemory.keepUntil > now ? (inMemory as Entry<T>) : undefined;
    this.memory.set(key, inRedis.entry, inRedis.length);
    return inRedis.entry as Entry<T>;
  }

  async #load<T>(source: Source<T>, load: Load): Promise<Entry<T>> {
    const { value, fetchedAt } = await source.load(load);
    const entry = newEntry(value, fetchedAt, await source.lifetime(value));
    this.#store(source.key, entry);
    return entry;
  }

  #store(key: string, entry: Entry): void {
    const text = encodeEntry(entry);
    // Parsed anew: what was made of HSS's own answer can hold on to three times as much memory (bench/memory).
    this.memory.set(key, decodeEntry(text) ?? entry, text.length);
    void this.redis?.set(key, text, entry.keepUntil - this.clock.now());
  }

  #reading<T>(entry: Entry<T>, outcome: CacheOutcome): Reading<T> {
    const status = isFresh(entry, this.clock.now()) ? 'fresh' : 'stale';
    return { entry, status, outcome, collapsed: false };
  }
}
