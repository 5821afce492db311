import type { Clock } from '../../src/resilience/clock.js';

interface Timer {
  dueAt: number;
  action: () => void;
  handle: NodeJS.Timeout;
}

/**
 * Real time plus jumps: `advance` moves it forward at once and fires every timer that falls due, in order. Give its
 * `now` to the emulator too, and both move together.
 */
export class TestClock implements Clock {
  #jumpedMs = 0;
  readonly #timers = new Set<Timer>();

  now = (): number => Date.now() + this.#jumpedMs;
  monotonic = (): number => performance.now() + this.#jumpedMs;

  after = (delayMs: number, action: () => void): (() => void) => {
    const timer: Timer = {
      dueAt: this.monotonic() + delayMs,
      action: () => {
        cancel();
        action();
      },
      handle: setTimeout(() => timer.action(), delayMs),
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
      timer.handle = setTimeout(() => timer.action(), Math.max(0, timer.dueAt - this.monotonic()));
    }
  }
}
