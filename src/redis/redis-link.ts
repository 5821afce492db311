import { Cluster, ReplyError, type Redis } from 'ioredis';
import { inClientSpan } from '../telemetry/tracing.js';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { ExtraConnections } from './extra-connections.js';
import { Probe } from './probe.js';
import { RedisConnection } from './redis-connection.js';
import { RedisUnavailable } from './redis-errors.js';
import { refusalOf, RejectedCommands } from './rejected-commands.js';

/** The longest time that a request waits for Redis. */
const defaultCommandLimitMs = 50;
/** The longest time that background work waits for an answer, which may be large. */
const asideLimitMs = 5_000;

/**
 * Runs commands on Redis: one server, the master that sentinels name, or a cluster. Cache, budget, credential rest and
 * catalog use it. Redis may vanish at any moment: a command either works within 50 ms or fails. After a command that
 * hung, all commands fail at once until Redis answers again, which RedisConnection finds out. So an outage costs a
 * request at most 50 ms, and later requests no time. The link never repeats a command.
 */
export class RedisLink {
  readonly #connection: RedisConnection;
  readonly #extra: ExtraConnections;
  readonly #rejected: RejectedCommands;
  readonly #failures = new Map<string, number>();
  #aside: Redis | Cluster | undefined;

  constructor(
    private readonly redis: Redis | Cluster,
    private readonly prefix: string,
    private readonly clock: Clock,
    log: Log,
    private readonly commandLimitMs = defaultCommandLimitMs,
  ) {
    const write = (key?: string) => this.#write(key);
    this.#rejected = new RejectedCommands(write, () => this.#connection.exchange(), prefix, clock, log);
    redis.on('ready', () => this.#rejected.connected());
    this.#extra = new ExtraConnections(redis);
    const probe = new Probe(redis, clock, commandLimitMs);
    this.#connection = new RedisConnection(redis, this.#extra, probe, clock, log);
  }

  get isUp(): boolean {
    return this.#connection.state === 'up';
  }

  /** Whether two keys can lie on two nodes. */
  get isCluster(): boolean {
    return this.redis instanceof Cluster;
  }

  /** Wall time in ms since when Redis cannot be used. Null while it can. */
  get awaySince(): number | null {
    return this.#connection.awaySince;
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
  connect(limitMs: number): Promise<void> {
    return this.#connection.open(limitMs);
  }

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async run<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    this.#check();
    return inClientSpan('redis', spanAttributes, () =>
      this.#limited(command(this.redis), this.commandLimitMs, () => this.#connection.hang()),
    );
  }

  /**
   * For background work with large data. The work has its own connection, so that no request waits behind the work. A
   * command may take five seconds, so that a slow answer does not count as an outage of Redis. @throws like `run`.
   */
  async runAside<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    this.#check();
    const aside = (this.#aside ??= this.#extra.open({}));
    return inClientSpan('redis', spanAttributes, () =>
      this.#limited(command(aside), asideLimitMs, () => this.#extra.reconnect(aside)),
    );
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
    this.#rejected.stop();
    this.#connection.close();
    this.#extra.close();
    await this.#limited(this.redis.quit(), 500, () => undefined).catch(() => this.redis.disconnect());
  }

  #check(): void {
    const { state } = this.#connection;
    if (state !== 'up') throw this.#failed(state);
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

  async #write(besideKey = ''): Promise<void> {
    const [, tag = besideKey] = /\{([^}]+)\}/.exec(besideKey) ?? [];
    await this.run((redis) => redis.set(this.key('probe', `{${tag}}`), '', 'PX', 1_000));
  }
}

/** A span shows neither the command nor its keys. */
const spanAttributes = { 'db.system.name': 'redis' };
