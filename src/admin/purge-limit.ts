import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { patiently } from '../cache/fleet-messages.js';
import { everything } from '../cache/purges.js';
import { CLOCK, REDIS } from '../injection-tokens.js';
import type { RedisLink } from '../redis/redis-link.js';
import { toNumber } from '../redis/reply.js';
import type { Clock } from '../time/clock.js';

const everyMs = 60_000;

/**
 * Purges of everything, and purges of a project, happen once a minute at most in the whole fleet: after each of them
 * HSS is read again from end to end. All other purges are free.
 */
@Injectable()
export class PurgeLimit {
  /** By kind of purge, on our monotonic clock. Used without Redis only. */
  readonly #lastAt = new Map<string, number>();

  constructor(
    @Inject(REDIS) private readonly redis: RedisLink | null,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Takes the minute of this purge.
   * @returns 0 when the purge may go ahead, otherwise the time in ms until it may. @throws RedisUnavailable
   */
  async take(tag: string): Promise<number> {
    const kind = kindOf(tag);
    if (kind === null) return 0;
    const { redis, clock } = this;
    if (!redis) return this.#takeHere(kind);
    const id = randomUUID();
    // A repeated script finds its own id, when the answer to the first run was lost.
    const waitMs = await patiently(clock, () =>
      redis.run((client) => client.eval(takeScript, 1, this.#key(redis, kind), id, everyMs)),
    );
    return toNumber(waitMs);
  }

  /** Gives the minute back after a purge that did not take place. Never throws. */
  async release(tag: string): Promise<void> {
    const kind = kindOf(tag);
    if (kind === null) return;
    this.#lastAt.delete(kind);
    const { redis } = this;
    await redis?.run((client) => client.del(this.#key(redis, kind))).catch(() => undefined);
  }

  #takeHere(kind: string): number {
    const now = this.clock.monotonic();
    const waitMs = (this.#lastAt.get(kind) ?? -Infinity) + everyMs - now;
    if (waitMs > 0) return waitMs;
    this.#lastAt.set(kind, now);
    return 0;
  }

  #key(redis: RedisLink, kind: string): string {
    return redis.key('cache', '{fleet}', 'limit', kind);
  }
}

function kindOf(tag: string): string | null {
  if (tag === everything) return everything;
  return tag.startsWith('project:') ? 'project' : null;
}

const takeScript = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
return math.max(1, redis.call('PTTL', KEYS[1]))`;
