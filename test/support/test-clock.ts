import type { Clock } from '../../src/time/clock.js';

/** Node fires a timer with a longer delay at once. */
const longestDelayMs = 2 ** 31 - 1;

interface Timer {
  dueAt: number;
  action: () => void;
  handle: NodeJS.Timeout | undefined;
}

/**
 * Real time plus jumps: `advance` moves the clock forward at once and fires every timer that falls due, in order. Give
 * the clock to the emulator too, so that both move together. A still clock moves only by jumps. A slow clock moves at a
 * quarter of real time, so that work that must end within a second has four seconds on a busy machine.
 */
export class TestClock implements Clock {
  #jumpedMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #begunAt: { now: number; monotonic: number };

  /**
   * @param pace 1 for real time, 0 for a clock that stands still.
   * @param now wall time in ms at the beginning, for a clock that stands still.
   */
  constructor(
    private readonly pace = 1,
    now = Date.now(),
  ) {
    this.#begunAt = { now, monotonic: Math.round(performance.now()) };
  }

  static still(): TestClock {
    return new TestClock(0);
  }

  /** A clock that stands at this time, for texts that are the same in every run. */
  static at(time: string): TestClock {
    return new TestClock(0, Date.parse(time));
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

  /** The number of waiting timers: a timer that is left after all work has ended has leaked. */
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
