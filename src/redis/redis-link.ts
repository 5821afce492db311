import { Cluster, ReplyError, type Redis } from 'ioredis';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { bearErrors, hangUp } from './hang-up.js';
import { deadAfterMs, Probe } from './probe.js';
import { refusalOf, RejectedCommands } from './rejected-commands.js';

/** Redis cannot be used now: not connected, or not answering. */
export class RedisUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`Redis is unavailable: ${reason}`, { cause });
    this.name = 'RedisUnavailable';
  }
}

/** What `run` throws: Redis cannot be used, or refuses. */
export function isOfRedis(error: unknown): boolean {
  return error instanceof RedisUnavailable || error instanceof ReplyError;
}

/** What a request waits for Redis at most. */
const defaultCommandLimitMs = 50;
/** What work in the background waits for an answer, which may be large. */
const asideLimitMs = 5_000;

/**
 * Our way to Redis (one server, the master that sentinels name, or a cluster), which may vanish at any moment: a
 * command either works within 50 ms or fails, and after one that hung, all others fail at once until Redis answers
 * again. So an outage costs a request 50 ms at most, and then nothing. Logs each change of state once.
 */
export class RedisLink {
  #state: 'connecting' | 'up' | 'hanging' | 'down' | 'closed' = 'connecting';
  /** A connection that is exchanged on purpose is back in a moment: that is no news. */
  #told: 'up' | 'hanging' | 'down' | undefined;
  #isExchanging = false;
  #cancelGreeting: (() => void) | undefined;
  #settled: () => void = () => undefined;
  readonly #probe: Probe;
  readonly #refusals: RejectedCommands;
  readonly #failures = new Map<string, number>();
  /** Beside the one that requests use. */
  readonly #others = new Set<Redis | Cluster>();
  #aside: Redis | Cluster | undefined;

  constructor(
    private readonly redis: Redis | Cluster,
    private readonly prefix: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly commandLimitMs = defaultCommandLimitMs,
  ) {
    this.#probe = new Probe(redis, clock);
    const write = (key?: string) => this.#write(key);
    this.#refusals = new RejectedCommands(write, () => this.#exchange(), prefix, clock, log);
    redis.on('connect', () => this.#awaitGreeting());
    redis.on('ready', () => this.#greeted());
    redis.on('close', () => this.#closed());
    // Each failed attempt emits one; the state change is what gets logged.
    redis.on('error', (error: Error) => this.#enter('down', reasonOf(error)));
    redis.on('-node', (node: Redis) => this.#missNode(node));
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** How many commands failed since the start, by reason: a state, `no answer in time`, or the word Redis refused with. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** A key of ours; the parts must not hold secrets. */
  key(...parts: string[]): string {
    return [this.prefix, ...parts].join(':');
  }

  /** Connects, or gives up waiting after `limitMs`; connecting goes on in the background. */
  async connect(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(limitMs, resolve);
      this.#settled = () => {
        cancel();
        resolve();
      };
      this.redis.connect().catch(() => undefined);
    });
  }

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async run<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw this.#failed(this.#state);
    return this.#limited(command(this.redis), this.commandLimitMs, () => {
      if (this.#state === 'up') this.#hang();
    });
  }

  /**
   * For work in the background that moves much: over a connection of its own, so that no request waits behind it, and
   * with time enough, so that a slow answer says nothing of Redis. @throws like `run`, after five seconds.
   */
  async runAside<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw this.#failed(this.#state);
    const aside = (this.#aside ??= this.#another({}));
    return this.#limited(command(aside), asideLimitMs, () => hangUp(aside, true));
  }

  /**
   * A connection of its own, to the same Redis, for SUBSCRIBE. It connects with its first command, comes back by
   * itself with what it was subscribed to, misses what is published meanwhile, and ends with the link. That its
   * server hangs is found by the link's own commands; in a cluster they may go to other nodes, so who must know that
   * it hears sends itself a message, and breaks it with `disconnect(true)` when none comes.
   */
  subscriber(): Redis | Cluster {
    return this.#another({ maxRetriesPerRequest: null });
  }

  /** @param waiting of commands that a lost connection leaves behind: else they fail at once. */
  #another(waiting: { maxRetriesPerRequest?: null }): Redis | Cluster {
    const waits = { lazyConnect: true, enableOfflineQueue: true } as const;
    const another =
      this.redis instanceof Cluster
        ? this.redis.duplicate([], waits)
        : this.redis.duplicate({ ...waits, ...waiting });
    // It goes to the same place: the link has told what is wrong there.
    another.on('error', () => undefined);
    this.#others.add(another);
    return another;
  }

  async close(): Promise<void> {
    this.#probe.stop();
    this.#refusals.stop();
    this.#cancelGreeting?.();
    this.#state = 'closed';
    for (const other of this.#others) hangUp(other);
    bearErrors(this.redis);
    await this.#limited(this.redis.quit(), 500, () => undefined).catch(() => hangUp(this.redis));
  }

  #limited<T>(answer: Promise<T>, limitMs: number, late: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const giveUp = () => {
        if (isAnswered) return;
        late();
        reject(this.#failed('no answer in time'));
      };
      // After this process was busy itself, an answer may be here unread: it is read before the immediate.
      const cancel = this.clock.after(limitMs, () => setImmediate(giveUp));
      answer
        .then(resolve, (error: unknown) => reject(this.#failureOf(error)))
        .finally(() => {
          isAnswered = true;
          cancel();
        });
    });
  }

  #failureOf(error: unknown): Error {
    const refusal = refusalOf(error);
    if (refusal === undefined && !(error instanceof ReplyError))
      return this.#failed('the connection was lost', error);
    this.#count(refusal ?? 'error');
    if (refusal !== undefined) this.#refusals.note(refusal, error);
    return error as Error;
  }

  #failed(reason: string, cause?: unknown): RedisUnavailable {
    this.#count(reason);
    return new RedisUnavailable(reason, cause);
  }

  #count(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  /** A host can take the connection and then say nothing, for ever as far as TCP is concerned. */
  #awaitGreeting(): void {
    if (this.#state === 'closed') return;
    this.#cancelGreeting?.();
    this.#cancelGreeting = this.clock.after(deadAfterMs, () => hangUp(this.redis, true));
  }

  #greeted(): void {
    this.#cancelGreeting?.();
    this.#isExchanging = false;
    this.#refusals.connected();
    // A cluster is ready when one of its nodes is.
    if (this.redis instanceof Cluster) this.#ask();
    else this.#enter('up');
  }

  #closed(): void {
    // What did not answer here does not speak there either.
    if (this.#state === 'hanging') this.#reconnectOthers();
    if (this.#isExchanging && this.#state === 'up') this.#state = 'down';
    else this.#enter('down');
    this.#isExchanging = false;
  }

  /** A node of a cluster is gone: perhaps a failover begins, perhaps it only has no slots any more. */
  #missNode(node: Redis): void {
    if (this.#state !== 'up' || node.options.readOnly) return;
    this.#state = 'down';
    this.#ask();
  }

  #hang(): void {
    this.#enter('hanging');
    this.#ask();
  }

  #ask(): void {
    if (this.#state === 'closed') return;
    this.#probe.start(
      () => this.#enter('up'),
      (reason) => {
        if (this.#state === 'hanging') this.#reconnectOthers();
        else this.#tell('down', reason);
      },
    );
  }

  /** For a server that may only be read now: after a failover the same name can lead to another one. */
  #exchange(): void {
    if (this.#state !== 'up') return;
    this.#isExchanging = true;
    hangUp(this.redis, true);
    this.#reconnectOthers();
  }

  #reconnectOthers(): void {
    for (const other of this.#others) if (other.status === 'ready') hangUp(other, true);
  }

  async #write(besideKey = ''): Promise<void> {
    const [, tag = besideKey] = /\{([^}]+)\}/.exec(besideKey) ?? [];
    await this.run((redis) => redis.set(this.key('probe', `{${tag}}`), '', 'PX', 1_000));
  }

  #enter(state: 'up' | 'hanging' | 'down', reason?: string): void {
    if (this.#state === 'closed') return;
    this.#probe.stop();
    this.#cancelGreeting?.();
    this.#state = state;
    this.#settled();
    this.#tell(state, reason);
  }

  /** A connection error of a link that is known to be away is no news. */
  #tell(state: 'up' | 'hanging' | 'down', reason?: string): void {
    if (state === this.#told) return;
    this.#told = state;
    if (state === 'up') this.log.info('Redis is connected');
    else this.log.warn({ state, reason }, 'Redis is away; answers come from memory and HSS');
  }
}

/** Of a cluster that cannot be reached ioredis says only that; what one of its nodes said tells why. */
function reasonOf(error: Error & { lastNodeError?: Error }): string {
  return error.lastNodeError?.message ?? error.message;
}
