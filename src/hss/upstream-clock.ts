import type { Clock } from '../resilience/clock.js';

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
   * @returns true when the offset moved by more than a minute: signatures made before were made by a wrong clock.
   */
  learn(date: string | undefined, sentAt: number): boolean {
    const at = date === undefined ? NaN : Date.parse(date);
    if (Number.isNaN(at)) return false;
    const measuredMs = at + 500 - (sentAt + this.clock.now()) / 2;
    // The header has whole seconds: less than two of them is noise.
    const offsetMs = Math.abs(measuredMs) < 2_000 ? 0 : measuredMs;
    const moved = Math.abs(offsetMs - this.#offsetMs) > 60_000;
    this.#offsetMs = offsetMs;
    return moved;
  }
}
