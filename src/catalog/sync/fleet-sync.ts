import { Lease } from '../log/lease.js';
import { SharedLog } from '../log/shared-log.js';
import { StoredLog, Unreadable } from '../log/stored-log.js';
import { isOfRedis, type RedisLink } from '../../redis/redis-link.js';
import type { CatalogSync } from './catalog-sync.js';
import { readsIn, packReads, unpackReads, type ConsumerRead } from './consumer-reads.js';
import { statusOf, type CatalogStatus } from './status.js';
import { SyncSession, type SyncSessionParts } from './sync-session.js';

/** Whoever does not hear of a new version asks for it this often. */
const lookEveryMs = 1_000;
/** A log that cannot be read is read again after this: whoever syncs writes it anew. */
const unreadablePauseMs = 10_000;
/** What cannot be taken over, as when memory does not do, is tried again after this. */
const failurePauseMs = 60_000;
const damaged = 'damaged';

/** With Redis: one instance of the fleet syncs and writes the log, all others follow it. */
export class FleetSync implements CatalogSync {
  readonly #stored: StoredLog;
  readonly #log: SharedLog;
  readonly #lease: Lease;
  readonly #syncing: SyncSession;
  readonly #closing = new AbortController();
  readonly #subscriber;
  readonly #stopListening: () => void;
  #tenure: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #cancelLook: (() => void) | undefined;
  #mendedAt = -Infinity;
  #restsUntil = -Infinity;
  #isFollowing = false;
  #isBehind = false;

  constructor(private readonly parts: SyncSessionParts & { redis: RedisLink }) {
    const { redis, replica, clock, log, reader, instance, enterpriseProjectId } = parts;
    const token = () => this.#lease.token;
    this.#stored = new StoredLog(redis, parts.scope);
    this.#log = new SharedLog(this.#stored, replica, token, clock, log, this.#closing.signal);
    this.#syncing = new SyncSession(parts, this.#log);
    const { leaseKey, headKey } = this.#stored;
    const tell = () => ({ instance, error: this.#syncing.lastError });
    this.#lease = new Lease(redis, clock, leaseKey, headKey, tell, {
      held: () => this.#begin(),
      lost: () => this.#end(),
      logIsGone: () => void this.#log.restore().catch(() => undefined),
    });
    this.#subscriber = redis.subscriber();
    this.#stopListening = reader.onLoaded((block) => {
      const news = readsIn(block, enterpriseProjectId);
      if (news) void this.#pass(news);
    });
  }

  start(): void {
    // Where nobody can say who syncs nobody does: each instance would spend its share on reading the same.
    if (!this.parts.redis.isUp)
      this.parts.log.warn('Catalog: waiting for Redis, nothing is read before it is there');
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      if (channel.toString() === this.#feedChannel) void this.#hear(message);
      else if (message.toString() === damaged) this.#mend();
      else this.#look(0);
    });
    this.#subscriber.on('ready', () => this.#subscribe());
    this.#subscribe();
    this.#lease.start();
    this.#look(0);
  }

  status(): CatalogStatus {
    const { redis, replica, clock, pace, enterpriseProjectId } = this.parts;
    const { note } = this.#lease;
    return statusOf({
      catalog: replica.store,
      syncingInstance: note?.instance ?? null,
      waitingFor: redis.isUp ? null : 'redis',
      lastError: note?.error ?? null,
      ...{ enterpriseProjectId, intervalMs: pace.intervalMs, now: clock.now() },
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
      .then(() => this.#syncing.run(signal))
      .catch((error: unknown) => {
        if (!signal.aborted) this.parts.log.error({ err: error }, 'Catalog: the sync has ended');
      })
      .then(() => {
        // The log has refused a step: whoever sees the lease rest takes it, this instance too.
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
    // One after the other: what is made known meanwhile is looked for right after.
    this.#isBehind ||= this.#isFollowing;
    if (this.#isFollowing) return;
    this.#cancelLook?.();
    const restMs = this.#restsUntil - this.parts.clock.monotonic();
    this.#cancelLook = this.parts.clock.after(Math.max(inMs, restMs), () => {
      this.#isFollowing = true;
      void this.#follow().then((pauseMs) => {
        const nextMs = this.#isBehind ? 0 : pauseMs;
        this.#isFollowing = this.#isBehind = false;
        this.#look(nextMs);
      });
    });
  }

  async #follow(): Promise<number> {
    try {
      await this.#log.follow();
      return lookEveryMs;
    } catch (error) {
      const { redis, clock, log } = this.parts;
      if (isOfRedis(error)) return lookEveryMs;
      if (!(error instanceof Unreadable)) {
        log.error({ err: error }, 'Catalog: what another instance wrote cannot be taken over');
        this.#restsUntil = clock.monotonic() + failurePauseMs;
        return failurePauseMs;
      }
      await redis.run((each) => each.publish(this.#stored.channel, damaged)).catch(() => undefined);
      return unreadablePauseMs;
    }
  }

  /** All who cannot read it say so: one new base answers them, and must not be replaced while they read it. */
  #mend(): void {
    const now = this.parts.clock.monotonic();
    if (now - this.#mendedAt < unreadablePauseMs) return;
    this.#mendedAt = now;
    void this.#log.mend().catch(() => undefined);
  }

  async #pass(news: ConsumerRead): Promise<void> {
    if (this.#syncing.isActive) return this.#syncing.take(news);
    const packed = await packReads(news);
    await this.parts.redis.run((redis) => redis.publish(this.#feedChannel, packed)).catch(() => undefined);
  }

  async #hear(message: Buffer): Promise<void> {
    const news = this.#syncing.isActive ? await unpackReads(message) : undefined;
    if (news) await this.#syncing.take(news);
  }

  #subscribe(): void {
    void this.#subscriber.subscribe(this.#stored.channel, this.#feedChannel).catch(() => undefined);
  }

  get #feedChannel(): string {
    return `${this.#stored.channel}:rows`;
  }
}
