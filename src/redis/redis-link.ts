import type { Redis } from 'ioredis';
import type { Clock } from '../resilience/clock.js';
import type { Log } from '../telemetry/log.js';

/** Redis cannot be used now: not connected, or not answering. */
export class RedisUnavailable extends Error {
  constructor(reason: string) {
    super(`Redis is unavailable: ${reason}`);
    this.name = 'RedisUnavailable';
  }
}

/** What a request waits for Redis at most. */
const commandLimitMs = 50;
const probeEveryMs = 200;
/** A connection that has not answered a PING for this long is dead, even if TCP does not know it yet. */
const deadAfterMs = 3_000;

/**
 * Our way to Redis, which may vanish at any moment: a command either works within 50 ms or fails, and after one
 * that hung, all others fail at once until Redis answers a PING again. So an outage costs a request 50 ms at
 * most, and then nothing. Logs each change of state once.
 */
export class RedisLink {
  #state: 'connecting' | 'up' | 'hanging' | 'down' | 'closed' = 'connecting';
  #cancelProbe: (() => void) | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    redis.on('connect', () => this.#awaitGreeting());
    redis.on('ready', () => this.#enter('up'));
    redis.on('close', () => this.#enter('down'));
    // Each failed attempt emits one; the state change is what gets logged.
    redis.on('error', (error: Error) => this.#enter('down', error.message));
  }

  /** A second connection, for messages: one that listens can do nothing else. */
  subscriber(): Redis {
    const subscriber = this.redis.duplicate();
    subscriber.on('error', () => undefined);
    void subscriber.connect().catch(() => undefined);
    return subscriber;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** A key of ours; the parts must not hold secrets. */
  key(...parts: string[]): string {
    return [this.prefix, ...parts].join(':');
  }

  /** Connects, or gives up waiting after `limitMs`; connecting goes on in the background. */
  async connect(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(limitMs, resolve);
      const settled = () => {
        cancel();
        resolve();
      };
      this.redis.connect().then(settled, settled);
    });
  }

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw new RedisUnavailable(this.#state);
    return this.#limited(command(this.redis), commandLimitMs);
  }

  async close(): Promise<void> {
    this.#cancelProbe?.();
    this.#state = 'closed';
    await this.#limited(this.redis.quit(), 500).catch(() => this.redis.disconnect());
  }

  #limited<T>(answer: Promise<T>, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const giveUp = () => {
        if (isAnswered) return;
        if (this.#state === 'up') this.#enter('hanging');
        reject(new RedisUnavailable('no answer in time'));
      };
      // After this process was busy itself, an answer may be here unread: it is read before the immediate.
      const cancel = this.clock.after(limitMs, () => setImmediate(giveUp));
      answer.then(resolve, reject).finally(() => {
        isAnswered = true;
        cancel();
      });
    });
  }

  /** A host can take the connection and then say nothing, for ever as far as TCP is concerned. */
  #awaitGreeting(): void {
    if (this.#state === 'closed') return;
    this.#cancelProbe?.();
    this.#cancelProbe = this.clock.after(deadAfterMs, () => this.redis.disconnect(true));
  }

  #enter(state: 'up' | 'hanging' | 'down', reason?: string): void {
    if (this.#state === 'closed') return;
    this.#cancelProbe?.();
    // A connection error of a link that is known to be away is no news.
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'up') this.log.info('Redis is connected');
    else this.log.warn({ state, reason }, 'Redis is away; answers come from memory and HSS');
    if (state === 'hanging') this.#probe();
  }

  /** One PING at a time: a Redis that hangs for hours must not collect commands. */
  #probe(): void {
    const cancelDead = this.clock.after(deadAfterMs, () => this.redis.disconnect(true));
    this.#cancelProbe = cancelDead;
    this.redis
      .ping()
      .then(() => {
        if (this.#state === 'hanging') this.#enter('up');
      })
      .catch(() => {
        // Not a dead connection, else 'close' would have come: an error reply such as LOADING.
        if (this.#state === 'hanging')
          this.#cancelProbe = this.clock.after(probeEveryMs, () => this.#probe());
      })
      .finally(cancelDead);
  }
}
