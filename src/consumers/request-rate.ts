import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Rate } from '../config/formats.js';
import { pointsOf } from './shared-rate.js';

/** The requests of the window under way. */
export interface Used {
  readonly count: number;
  /** The time in ms until the window ends. */
  readonly leftMs: number;
}

/**
 * Counts the requests of one consumer in this process. The library counts at once, and tells the count in a promise.
 * Waiting for the promise made a hit a third slower, so the count is read from the library's memory instead.
 */
export class RequestRate {
  readonly #limiter: RateLimiterMemory;
  #share: Rate;

  constructor(readonly rate: Rate) {
    this.#limiter = new RateLimiterMemory(pointsOf(rate));
    this.#share = rate;
  }

  /** The part of the rate with this limit. The same object while the limit stays, so that its text can be kept. */
  shareOf(limit: number): Rate {
    if (this.#share.limit !== limit) this.#share = { limit, windowMs: this.rate.windowMs };
    return this.#share;
  }

  /** Counts a request. @returns the count with this request. */
  take(): Used {
    // Of the library's ways to count, only this one never rejects.
    void this.#limiter.penalty('');
    return this.used();
  }

  used(): Used {
    const { storage, dumpedAt } = this.#limiter.dump();
    const [window] = storage;
    const leftMs = (window?.expiresAt ?? 0) - dumpedAt;
    return window && leftMs > 0 ? { count: window.value, leftMs } : { count: 0, leftMs: 0 };
  }
}
