import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.js';

/** A load that failed, and until when nobody tries again. */
export interface Failure {
  error: Error;
  /** In a row. */
  count: number;
  /** In ms on this instance's monotonic clock: a time of day that is set back must not hold a key off for longer. */
  until: number;
}

const firstHoldOffMs = 1_000;
const longestHoldOffMs = 30_000;
/** Failures further apart are not in a row. */
const forgetAfterMs = 5 * 60_000;
const mostRemembered = 10_000;

/** After a failed load the key is left alone for a moment, which grows while it keeps failing. */
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

  /** Of another instance: `remainingMs` is by nobody's clock. */
  learn(keyHash: string, error: Error, count: number, remainingMs: number): Failure {
    const failure = { error, count, until: this.clock.monotonic() + remainingMs };
    this.#byKey.set(keyHash, failure);
    return failure;
  }

  /** Whether this one, or a later one in the row, is known here and over. */
  isOver(keyHash: string, count: number): boolean {
    const known = this.#byKey.get(keyHash);
    return known !== undefined && known.count >= count && known.until <= this.clock.monotonic();
  }

  forget(keyHash: string): void {
    this.#byKey.delete(keyHash);
  }
}
