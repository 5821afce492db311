import type { Clock } from '../time/clock.js';
import { readHttpDate } from './http-date.js';

/**
 * Our estimate of HSS's clock: our own clock plus an offset learned from the `Date` header of HSS's answers.
 * Signatures use this clock, so that a wrong clock on our host does not get the key locked.
 */
export class UpstreamClock {
  #offsetMs = 0;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now() + this.#offsetMs;
  }

  /**
   * @param date the header's value, whole seconds.
   * @param sentAt local wall time when the request was sent. HSS wrote the date between `sentAt` and now.
   * @param signedAt our estimate of HSS's time when the request was sent. Requests that were sent together learn
   * the same offset one after the other, so each request is judged by its own estimate.
   * @returns true if `signedAt` was wrong by more than a minute: the request was signed by a wrong clock.
   */
  learn(date: string | null, sentAt: number, signedAt: number): boolean {
    const at = readHttpDate(date);
    if (at === null) return false;
    const measuredMs = at + 500 - (sentAt + this.clock.now()) / 2;
    // The header has whole seconds only, so an offset below two seconds is ignored.
    this.#offsetMs = Math.abs(measuredMs) < 2_000 ? 0 : measuredMs;
    return Math.abs(at - signedAt) > 60_000;
  }
}
