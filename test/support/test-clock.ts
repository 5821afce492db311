import type { Clock } from '../../src/time/clock.js';

/** To Node, more is nothing. */
const longestDelayMs = 2 ** 31 - 1;

interface Timer {
  dueAt: number;
  action: () => void;
  handle: NodeJS.Timeout | undefined;
}

/**
 * Real time plus jumps: `advance` moves it forward at once and fires every timer that falls due, in order. Give its
 * `now` to the emulator too, and both move together. A still one has its jumps only; a slow one goes on by a quarter of
 * real time, so that what must happen within a second has four.
 */
export class TestClock implements Clock {
  #jumpedMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #begunAt = { now: Date.now(), monotonic: Math.round(performance.now()) };

  /** @param pace of real time. */
  constructor(private readonly pace = 1) {}

  static still(): TestClock {
    return new TestClock(0);
  }

  static slow(): TestClock {
    return new TestClock(0.25);
  }

  now = (): number => {
    const { now } = this.#begunAt;
    return now + Math.floor((Date.now() - now) * this.pace) + this.#jumpedMs;
  };
  monotonic = (): number => {
    const { monotonic } = this.#begunAt;
    return monotonic + (performance.now() - monotonic) * this.pace + this.#jumpedMs;
  };

  after = (delayMs: number, action: () => void): (() => void) => {
    const timer: Timer = {
      dueAt: this.monotonic() + delayMs,
      action: () => {
        cancel();
        action();
      },
      handle: this.#inReality(() => timer.action(), delayMs),
    };
    const cancel = () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
    this.#timers.add(timer);
    return cancel;
  };

  /** Timers that are waiting: what is left after everything ended has leaked. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#jumpedMs += ms;
    const due = [...this.#timers]
      .filter(({ dueAt }) => dueAt <= this.monotonic())
      .sort((a, b) => a.dueAt - b.dueAt);
    for (const timer of due) if (this.#timers.has(timer)) timer.action();
    for (const timer of this.#timers) {
      clearTimeout(timer.handle);
      timer.handle = this.#inReality(() => timer.action(), Math.max(0, timer.dueAt - this.monotonic()));
    }
  }

  #inReality(action: () => void, delayMs: number): NodeJS.Timeout | undefined {
    if (this.pace === 0) return undefined;
    return setTimeout(action, Math.min(delayMs / this.pace, longestDelayMs));
  }
}
