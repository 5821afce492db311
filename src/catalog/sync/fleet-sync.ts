/**
 * The catalog's sync with Redis: one instance of the fleet holds the lease, syncs and writes the log; all other
 * instances follow the log. FleetSync connects lease, log, session and Redis's channels, and makes no call of HSS
 * itself.
 */
import { FormerLogs } from '../log/former-logs.js';
import { Lease } from '../log/lease.js';
import { SharedLog } from '../log/shared-log.js';
import { Unreadable } from '../log/stored-bases.js';
import { StoredLog } from '../log/stored-log.js';
import { isOfRedis } from '../../redis/redis-errors.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { CatalogSync } from './catalog-sync.js';
import { decodeRead, encodeRead, type ConsumerRead } from './consumer-read.js';
import type { CatalogStatus } from './status.js';
import { SyncSession, type SyncSessionParts } from './sync-session.js';

/** An instance looks for a new version at least this often, as messages about new versions can get lost. */
const lookEveryMs = 1_000;
/** After this pause an instance reads an unreadable log again. Meanwhile the syncing instance writes a new base. */
const unreadablePauseMs = 10_000;
/** After this pause an instance tries again to take over a step or base, for example after memory ran short. */
const failurePauseMs = 60_000;
/** Message to the syncing instance: an instance cannot read the log. */
const damaged = 'damaged';

export class FleetSync implements CatalogSync {
  readonly #stored: StoredLog;
  readonly #log: SharedLog;
  readonly #lease: Lease;
  readonly #session: SyncSession;
  readonly #closing = new AbortController();
  readonly #subscriber;
  readonly #stopListening: () => void;
  /** Aborts the session when this instance loses the lease. */
  #tenure: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #cancelLook: (() => void) | undefined;
  #mendedAt = -Infinity;
  #restsUntil = -Infinity;
  #isFollowing = false;
  /** A new version was announced while this instance was following. */
  #mustFollowAgain = false;

  constructor(private readonly parts: SyncSessionParts & { redis: RedisLink }) {
    const { redis, replica, clock, log, instance, scope } = parts;
    const token = () => this.#lease.token;
    this.#stored = new StoredLog(redis, scope, parts.cursorKey);
    const former = new FormerLogs(redis, parts.formerScopes, scope, replica, clock, log);
    this.#log = new SharedLog(this.#stored, replica, token, clock, log, this.#closing.signal, former);
    this.#session = new SyncSession(parts, this.#log);
    const { leaseKey, headKey } = this.#stored;
    const ownNote = () => ({ instance, error: this.#session.lastError });
    this.#lease = new Lease(redis, clock, leaseKey, headKey, ownNote, {
      held: () => this.#begin(),
      lost: () => this.#end(),
      logIsGone: () => void this.#log.restore().catch(() => undefined),
    });
    this.#subscriber = redis.subscriber();
    this.#stopListening = this.#session.onConsumerRead((read) => this.#forward(read));
  }

  start(): void {
    this.parts.replica.replay.start();
    // No instance knows which instance syncs while Redis is away. If all of them synced, each would spend its share
    // of the calls on the same walk.
    if (!this.parts.redis.isUp)
      this.parts.log.warn('Catalog: waiting for Redis; the sync reads nothing until Redis is there');
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      if (channel.toString() === this.#readsChannel) void this.#receive(message);
      else if (message.toString() === damaged) this.#mend();
      else this.#look(0);
    });
    this.#subscriber.on('ready', () => this.#subscribe());
    this.#subscribe();
    this.#lease.start();
    this.#look(0);
  }

  status(): CatalogStatus {
    const { note } = this.#lease;
    const waitingFor = this.parts.redis.isUp ? null : 'redis';
    return this.#session.status({
      syncingInstance: note?.instance ?? null,
      waitingFor,
      lastError: note?.error ?? null,
    });
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    this.#cancelLook?.();
    this.#tenure?.abort();
    await this.#running;
    await this.#lease.close();
    this.#subscriber.disconnect();
  }

  #begin(): void {
    const tenure = new AbortController();
    this.#tenure = tenure;
    this.parts.log.info('Catalog: this instance syncs');
    const signal = AbortSignal.any([tenure.signal, this.#closing.signal]);
    this.#running = this.#running
      .then(() => this.#session.run(signal))
      .catch((error: unknown) => {
        if (!signal.aborted) this.parts.log.error({ err: error }, 'Catalog: the sync has ended');
      })
      .then(() => {
        // The log has refused a step. Any instance that sees no new beats of the lease takes the lease, this instance
        // too.
        if (!signal.aborted) this.#lease.refused();
      });
  }

  #end(): void {
    this.parts.log.info('Catalog: another instance syncs');
    this.#tenure?.abort();
    this.#log.stopWriting();
  }

  #look(inMs: number): void {
    if (this.#closing.signal.aborted) return;
    // Only one look runs at a time. A version that is announced during a look gets another look right after it.
    this.#mustFollowAgain ||= this.#isFollowing;
    if (this.#isFollowing) return;
    this.#cancelLook?.();
    const restMs = this.#restsUntil - this.parts.clock.monotonic();
    this.#cancelLook = this.parts.clock.after(Math.max(inMs, restMs), () => {
      this.#isFollowing = true;
      void this.#follow().then((pauseMs) => {
        const nextMs = this.#mustFollowAgain ? 0 : pauseMs;
        this.#isFollowing = this.#mustFollowAgain = false;
        this.#look(nextMs);
      });
    });
  }

  async #follow(): Promise<number> {
    try {
      await this.#log.follow();
      return lookEveryMs;
    } catch (error) {
      const { redis, replica, clock, log } = this.parts;
      replica.replay.failed();
      if (isOfRedis(error)) return lookEveryMs;
      if (!(error instanceof Unreadable)) {
        log.error({ err: error }, 'Catalog: a state in the log cannot be applied on this instance');
        this.#restsUntil = clock.monotonic() + failurePauseMs;
        return failurePauseMs;
      }
      await redis.run((each) => each.publish(this.#stored.channel, damaged)).catch(() => undefined);
      return unreadablePauseMs;
    }
  }

  /**
   * Writes a new base for the instances that cannot read the log. Each of these instances reports the damage.
   * One base serves all reports of 10 s, so that no base is replaced while the instances read it.
   */
  #mend(): void {
    const now = this.parts.clock.monotonic();
    if (now - this.#mendedAt < unreadablePauseMs) return;
    this.#mendedAt = now;
    void this.#log.mend().catch(() => undefined);
  }

  /** Hands a consumer's read to the syncing instance, which can be this instance. */
  async #forward(read: ConsumerRead): Promise<void> {
    if (this.#session.isActive) return this.#session.take(read);
    const message = await encodeRead(read);
    await this.parts.redis.run((redis) => redis.publish(this.#readsChannel, message)).catch(() => undefined);
  }

  async #receive(message: Buffer): Promise<void> {
    const read = this.#session.isActive ? await decodeRead(message) : undefined;
    if (read) await this.#session.take(read);
  }

  #subscribe(): void {
    void this.#subscriber.subscribe(this.#stored.channel, this.#readsChannel).catch(() => undefined);
  }

  get #readsChannel(): string {
    return `${this.#stored.channel}:rows`;
  }
}
