import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import { CacheCounts } from './counts.js';
import type { Entry } from './entry.js';
import { Failures } from './failures.js';
import { fleetChannel } from './fleet-messages.js';
import { FleetNews } from './fleet-news.js';
import { FleetPurges } from './fleet-purges.js';
import { Loader, type FailureCodec } from './loader.js';
import { MemoryTier } from './memory-tier.js';
import { PurgeSweep } from './purge-sweep.js';
import { isNamedBy, Purges } from './purges.js';
import { ReadThroughCache } from './read-through-cache.js';
import { SharedTier } from './shared-tier.js';
import { SingleFlight } from './single-flight.js';
import { StoredEntries } from './stored-entries.js';
import { Tiers } from './tiers.js';

/**
 * How long the start waits for the missed purges. Entries in Redis count as fresh only after these purges are known.
 */
const syncLimitMs = 1_000;

/** The largest part of the memory for the heads of entries whose values are not held. */
const headsShare = 1 / 32;
/** A merged answer is made from up to five entries. */
const leastHeadsBytes = 8 * 1024;

export interface CacheOptions {
  redis: RedisLink | null;
  clock: Clock;
  /** Whether the clock follows Redis's time by now. Until then the cache keeps its entries to itself. */
  knowsRedisTime: () => boolean;
  /** In [0, 1). */
  random: () => number;
  failureCodec: FailureCodec;
  /** For the entries in memory and everything that counts in `bytesBeside`. */
  maxBytes: number;
  bytesBeside?: () => number;
  instance: string;
  /** Receives the text that another instance gave to `broadcast`. */
  onBroadcast: (text: string) => void;
}

/** The whole cache of one instance, with everything that the service and its operators use of it. */
export class Cache {
  constructor(
    readonly reader: ReadThroughCache,
    readonly tiers: Tiers,
    readonly counts: CacheCounts,
    private readonly flights: SingleFlight<Entry>,
    readonly purges: Purges,
    readonly purge: (tag: string) => Promise<string[]>,
    private readonly stored: { entries: StoredEntries; sweep: PurgeSweep } | null,
  ) {}

  /** Loads under way on this instance. */
  get loading(): number {
    return this.flights.count;
  }

  /** Sends to the other instances without waiting; lost while Redis is away. */
  broadcast(text: string): void {
    this.tiers.news?.broadcast(text);
  }

  /**
   * The number of stored entries that a purge of the tag would void.
   * @throws RedisUnavailable, or Redis's own error reply.
   */
  async countOf(tag: string): Promise<number> {
    const isMeant = (keyHash: string, entry: Pick<Entry, 'tags' | 'generation'>) =>
      isNamedBy(tag, keyHash, entry.tags) && !this.purges.isPurged(keyHash, entry);
    return this.stored ? this.stored.entries.count(isMeant) : this.tiers.memory.countOf(isMeant);
  }

  async close(): Promise<void> {
    this.stored?.sweep.close();
    await this.tiers.news?.close();
  }
}

export async function createCache({
  redis,
  clock,
  knowsRedisTime,
  random,
  failureCodec,
  maxBytes,
  bytesBeside = () => 0,
  instance,
  onBroadcast,
}: CacheOptions): Promise<Cache> {
  const purges = new Purges();
  const counts = new CacheCounts();
  const heads = new MemoryTier(Math.max(leastHeadsBytes, Math.floor(maxBytes * headsShare)), purges);
  const memory = new MemoryTier(maxBytes, purges, () => heads.bytes + bytesBeside());
  const shared =
    redis && new SharedTier(redis, fleetChannel(redis), () => (counts.unreadable += 1), knowsRedisTime);
  const news =
    redis &&
    new FleetNews(redis, clock, instance, purges, {
      stored: (keyHash, fence) => loader.storedElsewhere(keyHash, fence),
      failed: (keyHash, text, count, ms) => loader.failedElsewhere(keyHash, text, count, ms),
      purged: () => loader.purged(),
      acknowledged: (generation, by) => fleetPurges?.acknowledge(generation, by),
      onBroadcast,
      missed: () => tiers.doubtAll(),
    });
  const fleetPurges = news && new FleetPurges(redis, clock, instance, purges, news);
  const tiers = new Tiers(memory, heads, shared, news, purges, counts, clock);
  const flights = new SingleFlight<Entry>();
  const failures = new Failures(clock);
  const loader = new Loader(tiers, flights, failures, purges, failureCodec, counts, clock, random);
  await news?.whenSynced(syncLimitMs);
  const purge = async (tag: string): Promise<string[]> => {
    if (fleetPurges) return fleetPurges.purge(tag);
    purges.learn(tag, purges.generation + 1);
    loader.purged();
    return [];
  };
  const entries = redis && new StoredEntries(redis);
  const stored = entries && { entries, sweep: new PurgeSweep(redis, entries, purges, clock, random) };
  const reader = new ReadThroughCache(tiers, loader, clock);
  return new Cache(reader, tiers, counts, flights, purges, purge, stored);
}
