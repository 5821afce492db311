import type { Caller, Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import { CallerGone } from '../time/deadline.js';
import type { ReadContext } from './read-context.js';

/** What another instance came to meanwhile: the value, or why there is none. */
export type Elsewhere<T> = { value: T } | { error: Error };

/**
 * One load in progress and who waits for it. A caller that leaves does not end it for the others. When the last
 * one hangs up it becomes unwanted; when the last one was refused, or ran out of time, it goes on: they will ask
 * again. Until its call leaves, another instance's result can take its place.
 */
export class Flight<T> implements Load {
  readonly callers = new Set<Caller>();
  readonly result: Promise<T>;
  #settle!: (result: T | Promise<T>) => void;
  #isSuperseded = false;
  #isSent = false;
  #willBeAskedAgain = false;
  readonly #listeners: (() => void)[] = [];

  /** @param lookElsewhere asked before each call: whether the fleet has come to a result since. */
  constructor(
    readonly key: string,
    load: (flight: Flight<T>) => Promise<T>,
    private readonly lookElsewhere: () => Promise<Elsewhere<T> | undefined>,
  ) {
    this.result = new Promise((resolve) => (this.#settle = resolve));
    // Not before the first caller has joined, or the load would find nobody waiting.
    const loaded = Promise.resolve().then(() => load(this));
    loaded.then(
      () => this.#settle(loaded),
      () => this.#settle(loaded),
    );
    // A load that was left behind can fail with nobody waiting.
    this.result.catch(() => undefined);
  }

  get isUnwanted(): boolean {
    return this.#isSuperseded || (this.callers.size === 0 && !this.#willBeAskedAgain);
  }

  /** Its call has left: it will have a result of its own, of the time before any purge since. */
  get isSent(): boolean {
    return this.#isSent;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async claim(): Promise<boolean> {
    await this.lookAgain();
    if (this.isUnwanted) return false;
    this.#isSent = true;
    return true;
  }

  /** Ends with the fleet's result if there is one by now. */
  async lookAgain(): Promise<void> {
    const elsewhere = await this.lookElsewhere();
    if (!elsewhere || this.#isSent || this.#isSuperseded) return;
    this.#isSuperseded = true;
    const result = 'value' in elsewhere ? Promise.resolve(elsewhere.value) : Promise.reject(elsewhere.error);
    // A load that has ended without a call meanwhile has its result: nobody would hear of this one.
    result.catch(() => undefined);
    this.#settle(result);
    this.#changed();
  }

  /** @throws the load's error, a refusal of this caller alone, or the reason of its deadline. */
  async join({ consumer, priority, deadline }: ReadContext): Promise<T> {
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
