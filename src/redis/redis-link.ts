import { Cluster, ReplyError, type Redis } from 'ioredis';
import { inClientSpan } from '../telemetry/tracing.js';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { lastFaultOf } from './connect.js';
import { ExtraConnections, isOfSelect } from './extra-connections.js';
import { deadAfterMs, Probe } from './probe.js';
import { refusalIn, refusalOf, RejectedCommands } from './rejected-commands.js';

/** Redis cannot be used now: it is not connected, or does not answer. */
export class RedisUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`Redis is unavailable: ${reason}`, { cause });
    this.name = 'RedisUnavailable';
  }
}

/** Whether the error of a command comes from Redis: Redis cannot be used, or answered with an error reply. */
export function isOfRedis(error: unknown): boolean {
  return error instanceof RedisUnavailable || error instanceof ReplyError;
}

/** The longest time that a request waits for Redis. */
const defaultCommandLimitMs = 50;
/** The longest time that background work waits for an answer, which may be large. */
const asideLimitMs = 5_000;

const keysPerScan = 500;

/**
 * The service's connection to Redis: one server, the master that sentinels name, or a cluster. Cache, budget,
 * credential rest and catalog use it. Redis may vanish at any moment: a command either works within 50 ms or fails.
 * After a command that hung, all commands fail at once until Redis answers again. So an outage costs a request at
 * most 50 ms, and later requests no time. Each change of state is logged once. The link never repeats a command.
 */
export class RedisLink {
  #state: 'connecting' | 'up' | 'hanging' | 'down' | 'closed' = 'connecting';
  /** The state logged last. */
  #loggedState: 'up' | 'hanging' | 'down' | undefined;
  #hasLoggedRefusal = false;
  /**
   * Whether the link is replacing the connection on purpose. In this case the loss of the connection is not logged.
   */
  #isExchanging = false;
  #awaySince: number;
  #cancelGreeting: (() => void) | undefined;
  #settled: () => void = () => undefined;
  readonly #probe: Probe;
  readonly #rejected: RejectedCommands;
  readonly #failures = new Map<string, number>();
  readonly #extra: ExtraConnections;
  #aside: Redis | Cluster | undefined;

  constructor(
    private readonly redis: Redis | Cluster,
    private readonly prefix: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly commandLimitMs = defaultCommandLimitMs,
  ) {
    this.#awaySince = clock.now();
    this.#probe = new Probe(redis, clock, commandLimitMs);
    this.#extra = new ExtraConnections(redis);
    const write = (key?: string) => this.#write(key);
    this.#rejected = new RejectedCommands(write, () => this.#exchange(), prefix, clock, log);
    redis.on('connect', () => this.#awaitGreeting());
    redis.on('ready', () => this.#greeted());
    redis.on('close', () => this.#closed());
    // Each failed attempt emits an error. Only the change of state is logged.
    redis.on('error', (error: Error) => {
      this.#enter('down', reasonOf(error, lastFaultOf(redis)));
      if (isOfSelect(error)) redis.disconnect(true);
    });
    redis.on('-node', (node: Redis) => this.#nodeGone(node));
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Whether two keys can lie on two nodes. */
  get isCluster(): boolean {
    return this.redis instanceof Cluster;
  }

  /** Wall time in ms since when Redis cannot be used. Null while it can. */
  get awaySince(): number | null {
    return this.isUp ? null : this.#awaySince;
  }

  /** What Redis refuses although it can be reached, such as writes for want of memory. Undefined: nothing. */
  get refusal(): { code: string; since: number } | undefined {
    return this.#rejected.current;
  }

  /**
   * The number of failed commands since the start, by reason: a state, `no answer in time`, or the code of a
   * refusal.
   */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** A key with our prefix. The parts must not hold secrets. */
  key(...parts: string[]): string {
    return [this.prefix, ...parts].join(':');
  }

  /** Waits for the connection, for at most `limitMs`. After this time connecting goes on in the background. */
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
    return inClientSpan('redis', spanAttributes, () =>
      this.#limited(command(this.redis), this.commandLimitMs, () => {
        if (this.#state === 'up') this.#hang();
      }),
    );
  }

  /**
   * For background work with large data. The work has its own connection, so that no request waits behind the work. A
   * command may take five seconds, so that a slow answer does not count as an outage of Redis. @throws like `run`.
   */
  async runAside<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw this.#failed(this.#state);
    const aside = (this.#aside ??= this.#extra.open({}));
    return inClientSpan('redis', spanAttributes, () =>
      this.#limited(command(aside), asideLimitMs, () => this.#extra.reconnect(aside)),
    );
  }

  /**
   * Goes over all keys with this beginning and this end, on every master, a few hundred at a time. A key can come twice.
   * @throws like `run`.
   */
  async *keys(beginning: string, end = ''): AsyncGenerator<string[]> {
    const pattern = `${literally(beginning)}*${literally(end)}`;
    const nodes = await this.runAside((redis) =>
      Promise.resolve(redis instanceof Cluster ? redis.nodes('master') : [redis]),
    );
    for (const node of nodes)
      for (let cursor = '0', isOver = false; !isOver;) {
        const scan = () => node.scan(cursor, 'MATCH', pattern, 'COUNT', keysPerScan);
        const [next, keys] = await this.runAside(scan);
        cursor = next;
        isOver = next === '0';
        if (keys.length > 0) yield keys;
      }
  }

  /**
   * A separate connection to the same Redis, for SUBSCRIBE. The connection opens with its first command and closes
   * with the link. After a loss it connects again and renews its subscriptions, but misses the messages published
   * meanwhile. The link's own commands notice when the server hangs. In a cluster these commands may go to other
   * nodes. So a user that must be sure to receive sends a message to itself, and breaks the connection with
   * `disconnect(true)` if the message does not arrive.
   */
  subscriber(): Redis | Cluster {
    return this.#extra.open({ maxRetriesPerRequest: null });
  }

  async close(): Promise<void> {
    this.#probe.stop();
    this.#rejected.stop();
    this.#cancelGreeting?.();
    this.#state = 'closed';
    this.#extra.close();
    await this.#limited(this.redis.quit(), 500, () => undefined).catch(() => this.redis.disconnect());
  }

  #limited<T>(answer: Promise<T>, limitMs: number, late: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const giveUp = () => {
        if (isAnswered) return;
        late();
        reject(this.#failed('no answer in time'));
      };
      // If this process was busy itself, the answer may have arrived unread. Node reads it before the immediate runs.
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
    if (refusal !== undefined) this.#rejected.note(refusal, error);
    return error as Error;
  }

  #failed(reason: string, cause?: unknown): RedisUnavailable {
    this.#count(reason);
    return new RedisUnavailable(reason, cause);
  }

  #count(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  /** A host can accept the connection and then stay silent. TCP alone would wait for ever. */
  #awaitGreeting(): void {
    if (this.#state === 'closed') return;
    this.#cancelGreeting?.();
    this.#cancelGreeting = this.clock.after(deadAfterMs, () => this.redis.disconnect(true));
  }

  #greeted(): void {
    this.#cancelGreeting?.();
    this.#isExchanging = false;
    this.#rejected.connected();
    // ioredis reports a cluster as ready when one of its nodes is. The probe asks every master.
    if (this.redis instanceof Cluster) this.#startProbe();
    else this.#enter('up');
  }

  #closed(): void {
    // A server that did not answer here does not answer on the other connections either.
    if (this.#state === 'hanging') this.#extra.reconnectAll();
    if (this.#isExchanging && this.#state === 'up') this.#leave();
    else this.#enter('down', this.#state === 'connecting' ? lastFaultOf(this.redis)?.message : undefined);
    this.#isExchanging = false;
  }

  /** The link is down for a moment, which is not logged. */
  #leave(): void {
    this.#state = 'down';
    this.#awaySince = this.clock.now();
  }

  /** A node of a cluster is gone: a failover may begin, or the node may only have lost its slots. */
  #nodeGone(node: Redis): void {
    if (this.#state !== 'up' || node.options.readOnly) return;
    this.#leave();
    this.#startProbe();
  }

  #hang(): void {
    this.#enter('hanging');
    this.#startProbe();
  }

  #startProbe(): void {
    if (this.#state === 'closed') return;
    this.#probe.start(
      () => this.#enter('up'),
      (reason) => {
        if (this.#state === 'hanging') this.#extra.reconnectAll();
        else this.#logState('down', reason);
      },
    );
  }

  /** Replaces the connection to a read-only server: after a failover the same name can lead to another server. */
  #exchange(): void {
    if (this.#state !== 'up') return;
    this.#isExchanging = true;
    this.redis.disconnect(true);
    this.#extra.reconnectAll();
  }

  async #write(besideKey = ''): Promise<void> {
    const [, tag = besideKey] = /\{([^}]+)\}/.exec(besideKey) ?? [];
    await this.run((redis) => redis.set(this.key('probe', `{${tag}}`), '', 'PX', 1_000));
  }

  #enter(state: 'up' | 'hanging' | 'down', reason?: string): void {
    if (this.#state === 'closed') return;
    this.#probe.stop();
    this.#cancelGreeting?.();
    if (this.#state === 'up' && state !== 'up') this.#awaySince = this.clock.now();
    this.#state = state;
    this.#settled();
    this.#logState(state, reason);
  }

  /**
   * Logs a change of state. Further errors while Redis is known to be away are not logged, except for the first refusal:
   * an outage can begin with a lost connection and last because the password has changed.
   */
  #logState(state: 'up' | 'hanging' | 'down', reason?: string): void {
    const isRefusal = reason !== undefined && refusalIn(reason) !== undefined;
    if (state === this.#loggedState && (!isRefusal || this.#hasLoggedRefusal)) return;
    this.#hasLoggedRefusal = isRefusal;
    this.#loggedState = state;
    if (state === 'up') this.log.info('Redis is connected');
    else this.log.warn({ state, reason }, 'Redis is away; answers come from memory and HSS');
  }
}

/**
 * ioredis says of a cluster only that no node can be reached, and of sentinels and nodes only that the connection is
 * closed. After a refusal ioredis reports only that its next command could not be written. The last error of a node, or
 * of a connection, tells why.
 */
function reasonOf(error: Error & { lastNodeError?: Error }, lastFault: Error | undefined): string {
  const message = error.lastNodeError?.message ?? error.message;
  return lastFault && connectionEnded.test(message) ? lastFault.message : message;
}

/** The text as a pattern of SCAN that matches nothing else. */
function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/** A span shows neither the command nor its keys. */
const spanAttributes = { 'db.system.name': 'redis' };

const connectionEnded = /Connection is closed\.$|EPIPE|ECONNRESET/;
