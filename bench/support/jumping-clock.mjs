// A clock that stands still until the benchmark lets it jump: hours of the service's time pass in seconds.

/** What the service and the emulator take for time. `after` calls run in the order of their times. */
export class JumpingClock {
  #passedMs = 0;
  #timers = new Set();
  #begunAt = Date.now();

  now = () => this.#begunAt + Math.floor(this.#passedMs);
  monotonic = () => this.#passedMs;

  after = (delayMs, action) => {
    const timer = { at: this.#passedMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  sleep = (ms) => new Promise((resolve) => this.after(ms, resolve));

  /** Moves to the next timer, or by `mostMs` if no timer is due before, and runs every timer that is due then. */
  jump(mostMs) {
    const next = [...this.#timers].reduce((soonest, { at }) => Math.min(soonest, at), Infinity);
    this.#passedMs = Math.max(this.#passedMs, Math.min(next, this.#passedMs + mostMs));
    const due = [...this.#timers]
      .filter(({ at }) => at <= this.#passedMs)
      .sort((one, other) => one.at - other.at);
    for (const timer of due) if (this.#timers.delete(timer)) timer.action();
  }
}
