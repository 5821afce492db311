import type { Clock } from '../../src/resilience/clock.js';

interface Timer {
  dueAt: number;
  action: () => void;
  handle: NodeJS.Timeout | undefined;
}

/**
 * Real time plus jumps: `advance` moves it forward at once and fires every timer that falls due, in order. Give its
 * `now` to the emulator too, and both move together. A still one has its jumps only.
 */
export class TestClock implements Clock {
  #jumpedMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #begunAt = { now: Date.now(), monotonic: Math.round(performance.now()) };

  constructor(private readonly isStill = false) {}

  static still(): TestClock {
    return new TestClock(true);
  }

  now = (): number => (this.isStill ? this.#begunAt.now : Date.now()) + this.#jumpedMs;
  monotonic = (): number => (this.isStill ? this.#begunAt.monotonic : performance.now()) + this.#jumpedMs;

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
    return this.isStill ? undefined : setTimeout(action, delayMs);
  }
}
