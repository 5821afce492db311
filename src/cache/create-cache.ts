import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import { CacheCounts } from './counts.js';
import type { Entry } from './entry.js';
import { Failures } from './failures.js';
import { FleetNews } from './fleet-news.js';
import { Loader, type FailureCodec } from './loader.js';
import { MemoryTier } from './memory-tier.js';
import { Purges } from './purges.js';
import { ReadThroughCache } from './read-through-cache.js';
import { SharedTier } from './shared-tier.js';
import { SingleFlight } from './single-flight.js';
import { Tiers } from './tiers.js';

/** A restart finds a warm cache only if the purges it missed are known before the first request. */
const syncLimitMs = 1_000;

export interface CacheOptions {
  redis: RedisLink | null;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  form: FailureCodec;
  maxBytes: number;
  instance: string;
  /** Hears what its like on another instance gave to `tell`. */
  onBroadcast: (text: string) => void;
}

/** The cache with all that belongs to it, put together. */
export class Cache {
  constructor(
    readonly reader: ReadThroughCache,
    readonly tiers: Tiers,
    readonly counts: CacheCounts,
    private readonly flights: SingleFlight<Entry>,
    readonly purge: (tag: string) => Promise<string[]>,
  ) {}

  /** Loads under way on this instance. */
  get loading(): number {
    return this.flights.count;
  }

  /** Tells the other instances; lost where nobody hears it. */
  broadcast(text: string): void {
    this.tiers.news?.broadcast(text);
  }

  async close(): Promise<void> {
    await this.tiers.news?.close();
  }
}

export async function createCache({
  redis,
  clock,
  random,
  form,
  maxBytes,
  instance,
  onBroadcast,
}: CacheOptions): Promise<Cache> {
  const purges = new Purges();
  const counts = new CacheCounts();
  const memory = new MemoryTier(maxBytes);
  const shared =
    redis &&
    new SharedTier(redis, FleetNews.channel(redis), clock, () => {
      counts.unreadable += 1;
    });
  const news =
    redis &&
    new FleetNews(redis, clock, instance, purges, {
      stored: (digest, fence) => loader.storedElsewhere(digest, fence),
      failed: (digest, text, count, ms) => loader.failedElsewhere(digest, text, count, ms),
      purged: () => loader.purged(),
      onBroadcast,
      missed: () => memory.doubtAll(),
    });
  const tiers = new Tiers(memory, shared, news, purges, counts, clock);
  const flights = new SingleFlight<Entry>();
  const failures = new Failures(clock);
  const loader = new Loader(tiers, flights, failures, purges, form, counts, clock, random);
  await news?.whenSynced(syncLimitMs);
  const purge = async (tag: string): Promise<string[]> => {
    if (news) return news.purge(tag);
    purges.learn(tag, purges.generation + 1);
    loader.purged();
    return [];
  };
  return new Cache(new ReadThroughCache(tiers, loader, clock), tiers, counts, flights, purge);
}
