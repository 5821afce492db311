/**
 * The rates of consumers: requests and requests at one time, counted in this process; calls of HSS, shared through Redis.
 * Asked by the admission, by the hot path and before each load. No request waits for Redis to be counted.
 */
import type { Rate } from '../config/formats.js';
import type { RedisLink } from '../redis/redis-link.js';
import { Counts } from '../telemetry/tally.js';
import type { Clock } from '../time/clock.js';
import type { Consumer } from './consumer.js';
import { RequestRate, type Used } from './request-rate.js';
import { SharedRate } from './shared-rate.js';

/** What is left of a rate. */
export interface RateState {
  /** The part of this instance. */
  readonly share: Rate;
  readonly remaining: number;
  /** The time in ms until the rate is whole again. */
  readonly resetMs: number;
}

/** The answer to one request. */
export interface Verdict {
  readonly isAllowed: boolean;
  /** The time in ms after which the request can succeed. 0 for an allowed request. */
  readonly retryMs: number;
  readonly requests: RateState | null;
}

/** A request that ends when others end can succeed this soon. */
const concurrentRetryMs = 1_000;
const lookForInstancesEveryMs = 5_000;

export class Rates {
  readonly #requests = new Map<string, RequestRate>();
  readonly #running = new Map<string, number>();
  /** Requests over a rate, by `consumer kind`, for operators. */
  readonly refused = new Counts<`${string} ${'requests' | 'concurrent' | 'upstream'}`>();
  readonly #upstream = new Map<string, { shared: SharedRate; rate: Rate }>();
  #redis: RedisLink | null = null;
  /** The live instances, among which the rates of requests are divided. */
  #instances = 1;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  #failures: SharedRate | undefined;

  /** @param authFailures the rate of requests with wrong keys. */
  constructor(
    private readonly clock: Clock,
    private readonly authFailures: Rate,
  ) {}

  /** Called once, when Redis is there. @param countInstances the live instances by Redis. */
  share(redis: RedisLink | null, countInstances: (redis: RedisLink) => Promise<number>): void {
    this.#redis = redis;
    if (!redis) return;
    const look = async () => {
      // While Redis is away, the last known number counts.
      this.#instances = Math.max(1, await countInstances(redis).catch(() => this.#instances));
      if (this.#isStopped) return;
      this.#cancel = this.clock.after(lookForInstancesEveryMs, () => void look());
    };
    void look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Whether a request must be counted at all. */
  isLimited({ rate }: Consumer): boolean {
    return rate.requests !== undefined || rate.concurrent !== undefined;
  }

  /** Whether the next request would be over the rate of requests. Counts nothing. */
  isUsedUp({ id, rate: { requests } }: Consumer): boolean {
    return (
      requests !== undefined && this.#requestsOf(id, requests).used().count >= this.#share(requests.limit)
    );
  }

  /**
   * Counts a request.
   * @param onEnd takes the function that ends an allowed request; null for an answer that is sent at once.
   */
  admit({ id, rate }: Consumer, onEnd: ((end: () => void) => void) | null): Verdict {
    const requests = rate.requests && this.#requestsOf(id, rate.requests);
    if (onEnd && rate.concurrent !== undefined) {
      const running = this.#running.get(id) ?? 0;
      if (running >= this.#share(rate.concurrent)) {
        this.refused.add(`${id} concurrent`);
        return { isAllowed: false, retryMs: concurrentRetryMs, requests: this.#stateOf(requests) };
      }
      this.#running.set(id, running + 1);
      onEnd(() => this.#end(id));
    }
    if (!requests) return { isAllowed: true, retryMs: 0, requests: null };
    const used = requests.take();
    const state = this.#stateAfter(used, requests);
    if (used.count <= state.share.limit) return { isAllowed: true, retryMs: 0, requests: state };
    // The hot path refuses nothing: the request goes the normal way, and is counted there.
    if (onEnd) this.refused.add(`${id} requests`);
    return { isAllowed: false, retryMs: state.resetMs, requests: state };
  }

  /** Counts a call of HSS. @returns 0, or the time in ms until the consumer may cause a call again. */
  async takeUpstream({ id, rate }: Consumer): Promise<number> {
    const waitMs = rate.upstream === undefined ? 0 : await this.#upstreamOf(id, rate.upstream).take(id);
    if (waitMs > 0) this.refused.add(`${id} upstream`);
    return waitMs;
  }

  /** Counts a request with a wrong key. @returns 0, or the time in ms until such requests are within the rate. */
  takeFailure(key: string): Promise<number> {
    this.#failures ??= new SharedRate(this.authFailures, this.clock, 'refused', this.#redis);
    return this.#failures.take(key);
  }

  /** What is left of each rate of the consumer; null for a rate without a limit. */
  async left(consumer: Consumer) {
    const { id, rate } = consumer;
    const upstream = rate.upstream && {
      share: rate.upstream,
      ...(await this.#upstreamOf(id, rate.upstream).left(id)),
    };
    const concurrent = rate.concurrent !== undefined && {
      limit: this.#share(rate.concurrent),
      running: this.#running.get(id) ?? 0,
    };
    return {
      requests: this.#stateOf(rate.requests && this.#requestsOf(id, rate.requests)),
      concurrent: concurrent || null,
      upstream: upstream ?? null,
    };
  }

  #stateOf(requests: RequestRate | undefined): RateState | null {
    return requests ? this.#stateAfter(requests.used(), requests) : null;
  }

  #stateAfter({ count, leftMs }: Used, requests: RequestRate): RateState {
    const share = requests.shareOf(this.#share(requests.rate.limit));
    return { share, remaining: Math.max(0, share.limit - count), resetMs: leftMs };
  }

  #end(id: string): void {
    const running = (this.#running.get(id) ?? 1) - 1;
    if (running > 0) this.#running.set(id, running);
    else this.#running.delete(id);
  }

  #requestsOf(id: string, rate: Rate): RequestRate {
    let known = this.#requests.get(id);
    // A change of the file brings another rate, and its count begins anew.
    if (known?.rate.limit !== rate.limit || known.rate.windowMs !== rate.windowMs) {
      known = new RequestRate(rate);
      this.#requests.set(id, known);
    }
    return known;
  }

  #upstreamOf(id: string, rate: Rate): SharedRate {
    let known = this.#upstream.get(id);
    if (known?.rate.limit !== rate.limit || known.rate.windowMs !== rate.windowMs) {
      known = { shared: new SharedRate(rate, this.clock, 'upstream', this.#redis), rate };
      this.#upstream.set(id, known);
    }
    return known.shared;
  }

  #share(limit: number): number {
    return Math.max(1, Math.floor(limit / this.#instances));
  }
}
