/** Locks a key or an account after several failures in a row. A success resets the count. */
import type { TimeSource } from '../traffic/clock.js';

export class FailureLock {
  readonly #states = new Map<string, { failures: number; lockedUntilMs: number }>();

  constructor(
    private readonly clock: TimeSource,
    private readonly maxFailures: number,
    private readonly lockMs: number,
  ) {}

  isLocked(name: string): boolean {
    return (this.#states.get(name)?.lockedUntilMs ?? 0) > this.clock.now();
  }

  fail(name: string): void {
    const failures = (this.#states.get(name)?.failures ?? 0) + 1;
    const locks = failures >= this.maxFailures;
    this.#states.set(name, {
      failures: locks ? 0 : failures,
      lockedUntilMs: locks ? this.clock.now() + this.lockMs : 0,
    });
  }

  succeed(name: string): void {
    this.#states.delete(name);
  }
}
