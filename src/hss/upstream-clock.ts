import type { Clock } from '../time/clock.js';
import { readHttpDate } from './http-date.js';

/**
 * HSS's clock as we know it: ours plus an offset learned from the `Date` header of its answers. Signatures are
 * made by it, so that a host whose clock is off does not get its key locked.
 */
export class UpstreamClock {
  #offsetMs = 0;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now() + this.#offsetMs;
  }

  /**
   * @param date the header's value, whole seconds.
   * @param sentAt local wall time when the request left; the answer's moment lies between it and now.
   * @param signedAt HSS's time as we believed it to be when the request left. Calls that left together learn the
   * same offset one after the other, so each is judged by its own belief.
   * @returns true when that was wrong by more than a minute: the request was signed by a wrong clock.
   */
  learn(date: string | null, sentAt: number, signedAt: number): boolean {
    const at = readHttpDate(date);
    if (at === null) return false;
    const measuredMs = at + 500 - (sentAt + this.clock.now()) / 2;
    // The header has whole seconds: less than two of them is noise.
    this.#offsetMs = Math.abs(measuredMs) < 2_000 ? 0 : measuredMs;
    return Math.abs(at - signedAt) > 60_000;
  }
}
