/**
 * How well the cache served in each minute of the last hour, made from counters that grow for ever. Reads the counters
 * once a minute, so that a request costs nothing more. Memory: 60 minutes of a few numbers each.
 */
import type { Clock } from '../time/clock.js';

/** Numbers that only grow. */
export interface Counters {
  /** Look-ups answered from memory or Redis, and requests answered with stored bytes. */
  hits: number;
  /** Loads from HSS. */
  loads: number;
  /** Answers served past their fresh life. */
  stale: number;
  /** The sum of the ages of these answers, in seconds. */
  staleSeconds: number;
}

export interface Minute extends Counters {
  /** Wall time in ms of the beginning. */
  at: number;
  /** A minute by the clock; the newest one is shorter, and one in which the process stood still is longer. */
  ms: number;
}

const minuteMs = 60_000;
const mostMinutes = 60;

export class LastHour {
  readonly #minutes: Minute[] = [];
  #begun: Counters & { at: number };
  #cancel: () => void;

  constructor(
    private readonly read: () => Counters,
    private readonly clock: Clock,
  ) {
    this.#begun = { ...read(), at: clock.now() };
    this.#cancel = this.#again();
  }

  /** The oldest first. The last one is the minute that runs. */
  get minutes(): Minute[] {
    const now = this.clock.now();
    const isRecent = ({ at, ms }: Minute) => at + ms > now - mostMinutes * minuteMs;
    return [...this.#minutes, this.#running(now)].filter(isRecent);
  }

  close(): void {
    this.#cancel();
  }

  #again(): () => void {
    return this.clock.after(minuteMs, () => {
      const now = this.clock.now();
      this.#minutes.push(this.#running(now));
      if (this.#minutes.length === mostMinutes) this.#minutes.shift();
      this.#begun = { ...this.read(), at: now };
      this.#cancel = this.#again();
    });
  }

  #running(now: number): Minute {
    const counters = this.read();
    const { at, ...begun } = this.#begun;
    const grown = (name: keyof Counters) => counters[name] - begun[name];
    return {
      at,
      ms: Math.max(0, now - at),
      hits: grown('hits'),
      loads: grown('loads'),
      stale: grown('stale'),
      staleSeconds: grown('staleSeconds'),
    };
  }
}
