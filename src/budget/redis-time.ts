/** A reading of Redis's clock: it was taken between two moments of our monotonic clock. */
interface Reading {
  redisMs: number;
  askedAt: number;
  heardAt: number;
}

/** Two clocks drift apart by less than this share. */
const drift = 0.001;
/** Less than this is no step. */
const noticedMs = 50;

/**
 * Redis's time minus our monotonic clock, as an interval that every reading narrows. A reading that lies outside means
 * that the clock was set, or that another server answers.
 */
export class RedisTime {
  #least = -Infinity;
  #most = Infinity;
  #at = 0;

  /** Ours while Redis has not been reached: a first guess. */
  constructor(private readonly guessMs: number) {}

  get offsetMs(): number {
    if (this.#least === -Infinity) return this.guessMs;
    return this.#least;
  }

  /** @returns by how many ms the clock was moved; 0 when it goes on as before. */
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
