import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';

/** The caller's waiting time is over. */
export class DeadlineExceeded extends Error {
  constructor() {
    super('The deadline is over');
    this.name = 'DeadlineExceeded';
  }
}

/** The caller hung up, so no one will read the answer. */
export class CallerGone extends Error {
  constructor() {
    super('The caller hung up');
    this.name = 'CallerGone';
  }
}

/** The service stops, and HSS has not answered. Another instance can answer. */
export class ServiceStopping extends Error {
  /** @param hasLeft whether a call to HSS was sent, at least in part, so that HSS may count it. */
  constructor(readonly hasLeft = false) {
    super('The service is stopping, and HSS has not answered yet');
    this.name = 'ServiceStopping';
  }
}

/**
 * The longest time that one caller waits. Each request has a deadline, which is passed down to every call. A request
 * that is answered from the cache never reads `signal`, so it pays for neither a timer nor an AbortController.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #endsAt: number;
  #controller: AbortController | undefined;
  #ended: Error | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(
    clock: Clock,
    readonly durationMs: number,
  ) {
    this.#clock = clock;
    this.#endsAt = clock.monotonic() + durationMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.monotonic());
  }

  /** Aborts with DeadlineExceeded when the time is over, or with the reason of an earlier `end`. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // A batch waits for hundreds of loads under one deadline. Node warns of a leak above ten listeners.
      setMaxListeners(0, this.#controller.signal);
      if (this.#ended) this.#controller.abort(this.#ended);
      else this.#cancelTimer = this.#clock.after(this.remainingMs, () => this.end(new DeadlineExceeded()));
    }
    return this.#controller.signal;
  }

  /** Ends the deadline early: the caller hung up, or has its answer. Safe to call twice. */
  end(reason: Error): void {
    this.#cancelTimer?.();
    this.#ended ??= reason;
    this.#controller?.abort(reason);
  }
}

/** The promise's result. Rejects with the signal's reason as soon as the signal aborts; the work itself goes on. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(signal.reason as Error);
  }
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
