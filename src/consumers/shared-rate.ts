import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate } from '../config/formats.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';

const mostKeys = 10_000;

/**
 * A rate that all instances share through Redis, and that nobody waits for: this process counts at once, and learns in
 * the background what the fleet has used up. Without Redis the library's insurance counts in memory. For the calls that a
 * consumer causes, and for failed authentications.
 */
export class SharedRate {
  readonly #here: RateLimiterMemory;
  #fleet: RateLimiterRedis | undefined;
  /** Wall times in ms until which the fleet has used up the rate of a key. */
  readonly #usedUpUntil = new LRUCache<string, number>({ max: mostKeys });

  constructor(
    private readonly rate: Rate,
    private readonly clock: Clock,
    private readonly name: string,
    redis: RedisLink | null,
  ) {
    this.#here = new RateLimiterMemory(pointsOf(rate));
    if (redis)
      this.#fleet = new RateLimiterRedis({
        ...pointsOf(rate),
        // Redis counts whole seconds.
        duration: Math.max(1, Math.ceil(rate.windowMs / 1000)),
        storeClient: new CountingClient(redis),
        keyPrefix: redis.key('rate', this.name),
        insuranceLimiter: new RateLimiterMemory(pointsOf(rate)),
      });
  }

  /** @returns 0 when this use is within the rate, otherwise the time in ms until it is again. */
  async take(key: string): Promise<number> {
    const waitMs = (this.#usedUpUntil.get(key) ?? 0) - this.clock.now();
    if (waitMs > 0) return waitMs;
    const here = await taken(this.#here.consume(key));
    if (!here.isTaken) return Math.max(1, here.used.msBeforeNext);
    void this.#tellFleet(key);
    return 0;
  }

  /** What is left for the key, as far as this process knows. */
  async left(key: string): Promise<{ remaining: number; resetMs: number }> {
    const used = await this.#here.get(key);
    const waitMs = (this.#usedUpUntil.get(key) ?? 0) - this.clock.now();
    if (waitMs > 0) return { remaining: 0, resetMs: waitMs };
    return { remaining: used?.remainingPoints ?? this.rate.limit, resetMs: used?.msBeforeNext ?? 0 };
  }

  async #tellFleet(key: string): Promise<void> {
    const fleet = await (this.#fleet && taken(this.#fleet.consume(key)).catch(() => undefined));
    if (fleet && fleet.used.remainingPoints <= 0)
      this.#usedUpUntil.set(key, this.clock.now() + fleet.used.msBeforeNext);
  }
}

/** The part of an ioredis client that the library uses, over the link that bounds every command in time. */
class CountingClient {
  #script = '';

  constructor(private readonly redis: RedisLink) {}

  defineCommand(_name: string, { lua }: { lua: string }): void {
    this.#script = lua;
  }

  rlflxIncr([key = '', ...args]: string[]): Promise<unknown> {
    return this.redis.run((client) => client.eval(this.#script, 1, key, ...args));
  }
}

export function pointsOf({ limit, windowMs }: Rate): { points: number; duration: number } {
  return { points: limit, duration: windowMs / 1000 };
}

/** The library rejects with its result when the rate is used up. */
async function taken(use: Promise<RateLimiterRes>): Promise<{ isTaken: boolean; used: RateLimiterRes }> {
  try {
    return { isTaken: true, used: await use };
  } catch (error) {
    if (error instanceof RateLimiterRes) return { isTaken: false, used: error };
    throw error;
  }
}
