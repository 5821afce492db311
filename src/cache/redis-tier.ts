import type { RedisLink } from '../redis/redis-link.js';
import { decodeEntry, type Entry } from './entry.js';

/** The second tier: entries that all instances share and that outlive a restart. Redis away is a miss. */
export class RedisTier {
  constructor(private readonly redis: RedisLink) {}

  /** @returns the entry and the length of its text. */
  async get(key: string): Promise<{ entry: Entry; length: number } | undefined> {
    if (!this.redis.isUp) return undefined;
    try {
      const text = await this.redis.run((redis) => redis.get(this.redis.key('cache', key)));
      const entry = text === null ? undefined : decodeEntry(text);
      return entry && text !== null ? { entry, length: text.length } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Never throws, so that callers need not wait. Redis's own TTL only collects garbage: the entry has its times. */
  async set(key: string, text: string, ttlMs: number): Promise<void> {
    if (ttlMs <= 0) return;
    try {
      await this.redis.run((redis) => redis.set(this.redis.key('cache', key), text, 'PX', Math.ceil(ttlMs)));
    } catch {
      // The link logs its own state; an entry that could not be shared is loaded once more by others.
    }
  }
}
