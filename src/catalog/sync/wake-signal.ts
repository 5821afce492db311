import { sleep, type Clock } from '../../time/clock.js';

/** Lets a loop wait for a time or for a call of `wake`, whichever comes first. */
export class WakeSignal {
  #waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  wake(): void {
    for (const resolve of this.#waiting) resolve();
  }

  /** @throws the signal's reason. */
  async wait(limitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    let wake = () => {};
    const woken = new Promise<void>((resolve) => this.#waiting.add((wake = resolve)));
    try {
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([sleep(this.clock, limitMs, either), woken]);
      signal.throwIfAborted();
    } finally {
      this.#waiting.delete(wake);
      over.abort(new Woken());
    }
  }
}

class Woken extends Error {}
