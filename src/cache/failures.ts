import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.js';

/** A failed load, and the time until which its key is not loaded again. */
export interface Failure {
  error: Error;
  /** The number of loads of the key that have failed in a row. */
  count: number;
  /** In ms on our monotonic clock: a wall clock that is set back must not lengthen the hold-off. */
  until: number;
}

const firstHoldOffMs = 1_000;
const longestHoldOffMs = 30_000;
/** If this time has passed since the end of the last hold-off, the next failure counts as the first in a row. */
const forgetAfterMs = 5 * 60_000;
const mostRemembered = 10_000;

/**
 * The hold-offs of keys whose last load failed: 1 s after the first failure, doubling to 30 s while the key keeps
 * failing. Used by the Loader; failures are never stored as entries.
 */
export class Failures {
  readonly #byKey = new LRUCache<string, Failure>({ max: mostRemembered });

  constructor(private readonly clock: Clock) {}

  /** @returns the failure whose hold-off is not over. */
  current(keyHash: string): Failure | undefined {
    const failure = this.#byKey.get(keyHash);
    return failure && failure.until > this.clock.monotonic() ? failure : undefined;
  }

  add(keyHash: string, error: Error): Failure {
    const now = this.clock.monotonic();
    const last = this.#byKey.get(keyHash);
    const count = last && last.until + forgetAfterMs > now ? last.count + 1 : 1;
    const holdOffMs = Math.min(longestHoldOffMs, firstHoldOffMs * 2 ** (count - 1));
    const failure = { error, count, until: now + holdOffMs };
    this.#byKey.set(keyHash, failure);
    return failure;
  }

  /**
   * Takes over a failure of another instance. `remainingMs` is a duration, because the clocks of instances differ.
   */
  learn(keyHash: string, error: Error, count: number, remainingMs: number): Failure {
    const until = this.clock.monotonic() + Math.min(remainingMs, longestHoldOffMs);
    const failure = { error, count, until };
    this.#byKey.set(keyHash, failure);
    return failure;
  }

  /**
   * Whether the hold-off of this failure, or of a later failure in the row, is over. False for an unknown failure.
   */
  isOver(keyHash: string, count: number): boolean {
    const known = this.#byKey.get(keyHash);
    return known !== undefined && known.count >= count && known.until <= this.clock.monotonic();
  }

  forget(keyHash: string): void {
    this.#byKey.delete(keyHash);
  }
}
