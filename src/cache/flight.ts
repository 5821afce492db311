import type { Caller, Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import { CallerGone } from '../time/deadline.js';
import { leastFreshMs } from './entry.js';
import { oldestMs } from './freshness-demand.js';
import type { ReadContext } from './read-context.js';

/** The result of another instance's load of the same key: a value or an error. */
export type Elsewhere<T> = { value: T } | { error: Error };

/**
 * One load in progress, with the callers that wait for it. A caller that leaves does not end the load for the other
 * callers. When the last caller hangs up, the load becomes unwanted. When the last caller was refused or ran out of
 * time, the load goes on, because the consumer will ask again. Until the call to HSS leaves, the result of another
 * instance can end the load. Created by the Loader, kept in SingleFlight.
 */
export class Flight<T> implements Load {
  readonly callers = new Set<Caller>();
  readonly result: Promise<T>;
  #settle!: (result: T | Promise<T>) => void;
  #servesForMs: number;
  #isSuperseded = false;
  #isSent = false;
  #willBeAskedAgain = false;
  readonly #listeners: (() => void)[] = [];

  /**
   * @param lookElsewhere called before each call to HSS: looks for a result of another instance.
   * @param freshMs the usual fresh life of the result.
   */
  constructor(
    readonly key: string,
    load: (flight: Flight<T>) => Promise<T>,
    private readonly lookElsewhere: () => Promise<Elsewhere<T> | undefined>,
    freshMs: number,
  ) {
    this.#servesForMs = leastFreshMs(freshMs);
    this.result = new Promise((resolve) => (this.#settle = resolve));
    // Starts after the first caller has joined: a load without callers counts as unwanted.
    const loaded = Promise.resolve().then(() => load(this));
    loaded.then(
      () => this.#settle(loaded),
      () => this.#settle(loaded),
    );
    // A load can fail after its last caller has left. This must not become an unhandled rejection.
    this.result.catch(() => undefined);
  }

  get isUnwanted(): boolean {
    return this.#isSuperseded || (this.callers.size === 0 && !this.#willBeAskedAgain);
  }

  get servesForMs(): number {
    return this.#servesForMs;
  }

  /** The call to HSS has left: the result belongs to the time before any later purge. */
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

  /** Ends this load with the fleet's result if one exists by now. */
  async lookAgain(): Promise<void> {
    const elsewhere = await this.lookElsewhere();
    if (!elsewhere || this.#isSent || this.#isSuperseded) return;
    this.#isSuperseded = true;
    const result = 'value' in elsewhere ? Promise.resolve(elsewhere.value) : Promise.reject(elsewhere.error);
    // If the load has ended without a call meanwhile, its result stands and this promise has no reader.
    result.catch(() => undefined);
    this.#settle(result);
    this.#changed();
  }

  /** @throws the load's error, a refusal of this caller alone, or the reason of its deadline. */
  async join({ consumer, priority, deadline, demand }: ReadContext): Promise<T> {
    const { signal } = deadline;
    this.#servesForMs = Math.min(this.#servesForMs, oldestMs(demand));
    let leave = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        const caller: Caller = {
          consumer,
          priority,
          patienceMs: deadline.durationMs,
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
