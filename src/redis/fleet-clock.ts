import type { Clock } from '../time/clock.js';
import type { RedisLink } from './redis-link.js';
import { noticedMs, RedisTime } from './redis-time.js';
import { Reply } from './reply.js';

/** Redis's time in ms since 1970. Rejects while Redis cannot answer. */
export type ReadTime = () => Promise<number>;

const readEveryMs = 1_000;
const retryEveryMs = 100;

/**
 * The wall clock that all instances of a fleet share: Redis's time, continued on the monotonic clock of this instance.
 * So the wall clock of one host decides nothing, whether that clock is wrong or is set. Without Redis, and until Redis
 * has told its time, the wall clock is the instance's own. Every time that is stored, shown or compared with a time of
 * another instance is a time of this clock.
 */
export class FleetClock implements Clock {
  readonly #time: RedisTime;
  readonly #listeners: ((byMs: number) => void)[] = [];
  #follows = false;
  #latest = -Infinity;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(private readonly own: Clock) {
    this.#time = new RedisTime(own.now() - own.monotonic());
  }

  /** Goes back only when the clock is set, although a new reading can make the estimate smaller. */
  now = (): number => {
    if (!this.#follows) return this.own.now();
    this.#latest = Math.max(this.#latest, Math.floor(this.own.monotonic() + this.#time.offsetMs));
    return this.#latest;
  };

  monotonic = (): number => this.own.monotonic();

  after = (delayMs: number, action: () => void): (() => void) => this.own.after(delayMs, action);

  /** Whether Redis has told its time. */
  get followsRedis(): boolean {
    return this.#follows;
  }

  /**
   * Runs `listener` after this clock was set: times that were read from the clock before are wrong by `byMs` now. The
   * clock is set when Redis tells its time for the first time, and when Redis's own clock was set.
   */
  onSet(listener: (byMs: number) => void): void {
    this.#listeners.push(listener);
  }

  /** Follows Redis's time from now on. Resolves after the first reading or the first failure. */
  async follow(readTime: ReadTime): Promise<void> {
    const pauseMs = await this.#read(readTime);
    if (this.#isStopped) return;
    this.#cancel = this.own.after(pauseMs, () => void this.follow(readTime));
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async #read(readTime: ReadTime): Promise<number> {
    const askedAt = this.own.monotonic();
    try {
      const redisMs = await readTime();
      this.#learn(redisMs, askedAt, this.own.monotonic());
      return readEveryMs;
    } catch {
      return retryEveryMs;
    }
  }

  #learn(redisMs: number, askedAt: number, heardAt: number): void {
    const before = this.now();
    const isSet = this.#time.learn({ redisMs, askedAt, heardAt }) !== 0 || !this.#follows;
    if (!isSet) return;
    this.#follows = true;
    this.#latest = -Infinity;
    const byMs = this.now() - before;
    if (Math.abs(byMs) > noticedMs) for (const listener of this.#listeners) listener(byMs);
  }
}

/**
 * Reads the time of one server, which in a cluster is always the node of the same key.
 * @param redisTime gives the time in place of the server's, for tests.
 */
export function timeOf(redis: RedisLink, redisTime?: () => number): ReadTime {
  return async () => {
    // A command to a Redis that is away would count as a failure.
    if (!redis.isUp) throw new Error('Redis is away');
    const script = `return redis.call('TIME')`;
    const reply = new Reply(await redis.run((client) => client.eval(script, 1, redis.key('time'))));
    const [seconds, micros] = [reply.number(), reply.number()];
    return redisTime?.() ?? seconds * 1_000 + micros / 1_000;
  };
}
