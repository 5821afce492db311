import { Cluster, type Redis } from 'ioredis';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { lastFaultOf } from './connect.js';
import { isOfSelect, type ExtraConnections } from './extra-connections.js';
import { OutageLog, reasonOf } from './outage-log.js';
import { deadAfterMs, type Probe } from './probe.js';

/**
 * The life of the connection that serves requests, for RedisLink: whether commands may be sent, when the connection is
 * replaced, and when Redis counts as back. RedisLink reports a command that hung with `hang`. No command runs here.
 */
export class RedisConnection {
  #state: 'connecting' | 'up' | 'hanging' | 'down' | 'closed' = 'connecting';
  /**
   * Whether the connection is being replaced on purpose. In this case the loss of the connection is not logged.
   */
  #isExchanging = false;
  #awaySince: number;
  #cancelGreeting: (() => void) | undefined;
  #settled: () => void = () => undefined;
  readonly #outages: OutageLog;

  constructor(
    private readonly redis: Redis | Cluster,
    private readonly extra: ExtraConnections,
    private readonly probe: Probe,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.#outages = new OutageLog(log);
    this.#awaySince = clock.now();
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

  get state(): 'connecting' | 'up' | 'hanging' | 'down' | 'closed' {
    return this.#state;
  }

  /** Wall time in ms since when Redis cannot be used. Null while it can. */
  get awaySince(): number | null {
    return this.#state === 'up' ? null : this.#awaySince;
  }

  /** Waits for the connection, for at most `limitMs`. After this time connecting goes on in the background. */
  async open(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(limitMs, resolve);
      this.#settled = () => {
        cancel();
        resolve();
      };
      this.redis.connect().catch(() => undefined);
    });
  }

  /** A command got no answer in time. No further command may be sent until the probe has got one. */
  hang(): void {
    if (this.#state !== 'up') return;
    this.#enter('hanging');
    this.#startProbe();
  }

  /** Replaces the connection to a read-only server: after a failover the same name can lead to another server. */
  exchange(): void {
    if (this.#state !== 'up') return;
    this.#isExchanging = true;
    this.redis.disconnect(true);
    this.extra.reconnectAll();
  }

  /** No state follows. The caller ends the connection itself. */
  close(): void {
    this.probe.stop();
    this.#cancelGreeting?.();
    this.#state = 'closed';
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
    // ioredis reports a cluster as ready when one of its nodes is. The probe asks every master.
    if (this.redis instanceof Cluster) this.#startProbe();
    else this.#enter('up');
  }

  #closed(): void {
    // A server that did not answer here does not answer on the other connections either.
    if (this.#state === 'hanging') this.extra.reconnectAll();
    if (this.#isExchanging && this.#state === 'up') this.#leave();
    else this.#enter('down', this.#state === 'connecting' ? lastFaultOf(this.redis)?.message : undefined);
    this.#isExchanging = false;
  }

  /** The connection is down for a moment, which is not logged. */
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

  #startProbe(): void {
    if (this.#state === 'closed') return;
    this.probe.start(
      () => this.#enter('up'),
      (reason) => {
        if (this.#state === 'hanging') this.extra.reconnectAll();
        else this.#outages.note('down', reason);
      },
    );
  }

  #enter(state: 'up' | 'hanging' | 'down', reason?: string): void {
    if (this.#state === 'closed') return;
    this.probe.stop();
    this.#cancelGreeting?.();
    if (this.#state === 'up' && state !== 'up') this.#awaySince = this.clock.now();
    this.#state = state;
    this.#settled();
    this.#outages.note(state, reason);
  }
}
