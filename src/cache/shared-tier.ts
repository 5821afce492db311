import type { RedisLink } from '../redis/redis-link.js';
import { Reply } from '../redis/reply.js';
import type { Entry } from './entry.js';
import { decodeEntry } from './entry-codec.js';

/** Everything that Redis holds about a key, read before a call is spent on the key. */
export interface Standing {
  /** Redis's time in µs: the fence of a load that starts now. */
  fence: number;
  stored: Stored | undefined;
  /** Text and count as `fail` stored them; `remainingMs` is the rest of the hold-off. */
  failure: { text: string; count: number; remainingMs: number } | undefined;
}

export interface Stored {
  entry: Entry;
  jsonLength: number;
}

/** Called for bytes that are no entry: damaged, or of another version. */
export type CountUnreadable = () => void;

/**
 * The second tier: entries in Redis, which all instances share and which outlive a restart. While Redis is away every
 * read is a miss. Redis's expiry only collects garbage; an entry carries its own times. Used by Tiers and the Loader.
 */
export class SharedTier {
  constructor(
    private readonly redis: RedisLink,
    /** All instances listen on this channel for what the other instances stored. */
    private readonly channel: string,
    private readonly countUnreadable: CountUnreadable,
    /** False while this instance does not know Redis's time yet: times of entries would be wrong for the others. */
    private readonly knowsTime: () => boolean = () => true,
  ) {}

  get isUp(): boolean {
    return this.redis.isUp && this.knowsTime();
  }

  /** @returns null for no entry; undefined when Redis cannot answer. */
  async get(keyHash: string): Promise<Stored | null | undefined> {
    if (!this.isUp) return undefined;
    try {
      const bytes = await this.redis.run((redis) => redis.getBuffer(this.#key(keyHash, 'value')));
      return this.#read(bytes) ?? null;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('WRONGTYPE'))) return undefined;
      this.countUnreadable();
      return null;
    }
  }

  /** @returns undefined when Redis cannot answer. */
  async standing(keyHash: string): Promise<Standing | undefined> {
    if (!this.isUp) return undefined;
    try {
      const keys = [this.#key(keyHash, 'value'), this.#key(keyHash, 'failure')];
      const reply = new Reply(
        await this.redis.run((redis) => redis.callBuffer('EVAL', standingScript, 2, ...keys)),
      );
      const [fence, value, text] = [reply.number(), reply.bytesOrNull(), reply.textOrNull()];
      const remainingMs = reply.number();
      const failure = text === null ? undefined : readFailure(text);
      return { fence, stored: this.#read(value), failure: failure && { ...failure, remainingMs } };
    } catch {
      return undefined;
    }
  }

  /**
   * Never throws: if an entry cannot be shared, the other instances load the value once more. A newer entry in Redis
   * stays.
   * @param news message to the other instances, published if the entry was stored.
   */
  async put(keyHash: string, entry: Entry, bytes: Buffer, ttlMs: number, news: string): Promise<void> {
    if (ttlMs <= 0 || !this.isUp) return;
    const keys = [this.#key(keyHash, 'value'), this.#key(keyHash, 'failure')];
    await this.redis
      .run((redis) =>
        redis.eval(putScript, 2, ...keys, entry.fence, bytes, Math.ceil(ttlMs), this.channel, news),
      )
      .catch(() => undefined);
  }

  /** Shares a failure and its hold-off. Never throws. */
  async fail(keyHash: string, text: string, count: number, holdOffMs: number, news: string): Promise<void> {
    if (!this.isUp) return;
    await this.redis
      .run((redis) =>
        redis
          .multi()
          .set(this.#key(keyHash, 'failure'), `${count} ${text}`, 'PX', Math.ceil(holdOffMs))
          .publish(this.channel, news)
          .exec(),
      )
      .catch(() => undefined);
  }

  #read(bytes: Buffer | null): Stored | undefined {
    if (bytes === null) return undefined;
    const stored = decodeEntry(bytes);
    if (!stored) this.countUnreadable();
    return stored;
  }

  /** The key's hash is the hash tag: the keys of a script must lie on one node of a cluster. */
  #key(keyHash: string, what: 'value' | 'failure'): string {
    return what === 'value' ? valueKey(this.redis, keyHash) : this.redis.key('cache', `{${keyHash}}`, what);
  }
}

/** The key of an entry in Redis. */
export function valueKey(redis: RedisLink, keyHash: string): string {
  return redis.key('cache', `{${keyHash}}`, 'value');
}

/** @returns undefined for a text that `fail` has not written. */
function readFailure(stored: string): { text: string; count: number } | undefined {
  const [, count, text] = /^(\d{1,9}) (.*)$/s.exec(stored) ?? [];
  return count === undefined || text === undefined ? undefined : { count: Number(count), text };
}

const standingScript = `
local t = redis.call('TIME')
local failure = redis.pcall('GET', KEYS[2])
if type(failure) == 'table' then failure = false end
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then stored = '' end
return {t[1] .. string.format('%06d', t[2]), stored, failure, failure and redis.call('PTTL', KEYS[2]) or 0}`;

/** A value of another Redis type is foreign and is replaced as well. */
const putScript = `
local start = redis.pcall('GETRANGE', KEYS[1], 0, 20)
local stored = type(start) == 'string' and string.match(start, '^(%d+) ')
if stored and tonumber(stored) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1`;
