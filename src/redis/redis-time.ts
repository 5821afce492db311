/** A reading of Redis's clock, taken between two moments of our monotonic clock. */
export interface Reading {
  redisMs: number;
  askedAt: number;
  heardAt: number;
}

/** Two clocks drift apart by less than this share of the time. */
const drift = 0.001;
/** A smaller difference does not count as a step of the clock. */
export const noticedMs = 50;

/**
 * The difference between Redis's time and our monotonic clock, as an interval that every reading narrows. A reading
 * outside the interval means: Redis's clock was set, or another server answers. FleetView and FleetClock each
 * feed in the readings of one server.
 */
export class RedisTime {
  #least = -Infinity;
  #most = Infinity;
  #at = 0;

  /** @param guessMs the difference to use until Redis has answered for the first time. */
  constructor(private readonly guessMs: number) {}

  get offsetMs(): number {
    if (this.#least === -Infinity) return this.guessMs;
    return this.#least;
  }

  /** @returns by how many ms Redis's clock was moved; 0 without a step. */
  learn({ redisMs, askedAt, heardAt }: Reading): number {
    const least = redisMs - heardAt;
    const most = redisMs - askedAt;
    const isFirst = this.#least === -Infinity;
    const before = this.offsetMs;
    const slack = Math.max(0, heardAt - this.#at) * drift;
    this.#at = heardAt;
    const isStep = least > this.#most + slack + noticedMs || most < this.#least - slack - noticedMs;
    if (isFirst || isStep) {
      this.#least = least;
      this.#most = most;
      return Math.abs(least - before) > noticedMs ? least - before : 0;
    }
    this.#least = Math.min(most, Math.max(least, this.#least - slack));
    this.#most = Math.max(this.#least, Math.min(most, this.#most + slack));
    return 0;
  }
}
