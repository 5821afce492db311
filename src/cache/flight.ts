import type { Caller, Load } from '../resilience/budget/load.js';
import { Unwanted } from '../resilience/budget/refusals.js';
import { CallerGone } from '../resilience/deadline.js';
import type { Asking } from './asking.js';

/**
 * One load in progress and who waits for it. A caller that leaves does not end it for the others. When the last
 * one hangs up it becomes unwanted; when the last one was refused, or ran out of time, it goes on: they will ask
 * again.
 */
export class Flight<T> implements Load {
  readonly callers = new Set<Caller>();
  readonly result: Promise<T>;
  #willBeAskedAgain = false;
  readonly #listeners: (() => void)[] = [];

  constructor(
    readonly key: string,
    load: (flight: Load) => Promise<T>,
  ) {
    // Not before the first caller has joined, or the load would find nobody waiting.
    this.result = Promise.resolve().then(() => load(this));
    // A load that was left behind can fail with nobody waiting.
    this.result.catch(() => undefined);
  }

  get isUnwanted(): boolean {
    return this.callers.size === 0 && !this.#willBeAskedAgain;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @throws the load's error, a refusal of this caller alone, or the reason of its deadline. */
  async join({ consumer, priority, deadline }: Asking): Promise<T> {
    const { signal } = deadline;
    let leave = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        const caller: Caller = {
          consumer,
          priority,
          remainingMs: () => deadline.remainingMs,
          refuse: reject,
        };
        const aborted = () => reject(signal.reason as Error);
        leave = () => {
          signal.removeEventListener('abort', aborted);
          this.callers.delete(caller);
        };
        signal.addEventListener('abort', aborted, { once: true });
        this.result.then(resolve, reject);
        this.callers.add(caller);
        this.#changed();
      });
    } catch (error) {
      if (!(error instanceof CallerGone) && !(error instanceof Unwanted)) this.#willBeAskedAgain = true;
      throw error;
    } finally {
      leave();
      this.#changed();
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
