import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import type { Entry } from './entry.js';
import { decodeEntry } from './entry-codec.js';

/** What the fleet knows of a key before a call is spent on it. */
export interface Standing {
  /** Redis's time in µs: the fence of what is loaded from here on. */
  fence: number;
  stored: Stored | undefined;
  /** As `fail` was given it, and how long its hold-off still is. */
  failure: { text: string; count: number; remainingMs: number } | undefined;
}

export interface Stored {
  entry: Entry;
  jsonLength: number;
}

/** Bytes under a key that were no entry: damaged, or of another version. */
export type CountUnreadable = () => void;

/**
 * The second tier: entries that all instances share and that outlive a restart. Redis away is a miss. Redis's own
 * expiry only collects garbage: an entry has its times.
 */
export class SharedTier {
  #offsetMs: number;

  constructor(
    private readonly redis: RedisLink,
    /** Where instances listen for what others stored. */
    private readonly channel: string,
    private readonly clock: Clock,
    private readonly countUnreadable: CountUnreadable,
  ) {
    this.#offsetMs = clock.now() - clock.monotonic();
  }

  /** Redis's time in µs, as far as it is known while Redis cannot be asked. */
  get fence(): number {
    return Math.round((this.clock.monotonic() + this.#offsetMs) * 1000);
  }

  get isUp(): boolean {
    return this.redis.isUp;
  }

  /** @returns null for nothing; undefined when Redis cannot tell. */
  async get(keyHash: string): Promise<Stored | null | undefined> {
    if (!this.redis.isUp) return undefined;
    try {
      const bytes = await this.redis.run((redis) => redis.getBuffer(this.#key(keyHash, 'value')));
      return this.#read(bytes) ?? null;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('WRONGTYPE'))) return undefined;
      this.countUnreadable();
      return null;
    }
  }

  /** @returns undefined when Redis cannot tell. */
  async standing(keyHash: string): Promise<Standing | undefined> {
    if (!this.redis.isUp) return undefined;
    try {
      const keys = [this.#key(keyHash, 'value'), this.#key(keyHash, 'failure')];
      const reply = await this.redis.run((redis) => redis.callBuffer('EVAL', standingScript, 2, ...keys));
      const [fence, value, text, remainingMs] = reply as [Buffer, Buffer | null, Buffer | null, number];
      const failure = text === null ? undefined : { ...readFailure(text.toString()), remainingMs };
      this.#offsetMs = Number(fence.toString()) / 1000 - this.clock.monotonic();
      return { fence: Number(fence.toString()), stored: this.#read(value), failure };
    } catch {
      return undefined;
    }
  }

  /**
   * Never throws: an entry that could not be shared is loaded once more by others. A newer one that is there stays.
   * @param news tells the other instances, when it was stored.
   */
  async put(keyHash: string, entry: Entry, bytes: Buffer, ttlMs: number, news: string): Promise<void> {
    if (ttlMs <= 0 || !this.redis.isUp) return;
    const keys = [this.#key(keyHash, 'value'), this.#key(keyHash, 'failure')];
    await this.redis
      .run((redis) =>
        redis.eval(putScript, 2, ...keys, entry.fence, bytes, Math.ceil(ttlMs), this.channel, news),
      )
      .catch(() => undefined);
  }

  /** Never throws. */
  async fail(keyHash: string, text: string, count: number, holdOffMs: number, news: string): Promise<void> {
    if (!this.redis.isUp) return;
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

  /** The keyHash is the hash tag: a script's keys must lie on one node of a cluster. */
  #key(keyHash: string, what: 'value' | 'failure'): string {
    return this.redis.key('cache', `{${keyHash}}`, what);
  }
}

function readFailure(stored: string): { text: string; count: number } {
  const end = stored.indexOf(' ');
  return { count: Number(stored.slice(0, end)), text: stored.slice(end + 1) };
}

const standingScript = `
local t = redis.call('TIME')
local failure = redis.call('GET', KEYS[2])
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then stored = '' end
return {t[1] .. string.format('%06d', t[2]), stored, failure, failure and redis.call('PTTL', KEYS[2]) or 0}`;

/** What is of another type is replaced as well: it is not ours. */
const putScript = `
local start = redis.pcall('GETRANGE', KEYS[1], 0, 20)
local stored = type(start) == 'string' and string.match(start, '^(%d+) ')
if stored and tonumber(stored) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1`;
