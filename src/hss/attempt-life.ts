import type { Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import type { Clock } from '../time/clock.js';
import { UpstreamError } from './errors.js';

/** Aborts an attempt before it is sent: when no caller wants the load any more, or the preparation takes too long. */
export class AttemptLife {
  readonly #controller = new AbortController();
  readonly #cancelTimer: () => void;
  #hasEnded = false;

  /** @param preparationMs between grant and sending, for the wait at the credential gate and for a token. */
  constructor(load: Load, clock: Clock, preparationMs: number) {
    this.#cancelTimer = clock.after(preparationMs, () => this.#controller.abort(notReady()));
    const abortIfUnwanted = () => {
      if (load.isUnwanted && !this.#hasEnded) this.#controller.abort(new Unwanted());
    };
    load.onChange(abortIfUnwanted);
    abortIfUnwanted();
  }

  get beforeSent(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#hasEnded = true;
    this.#cancelTimer();
  }
}

function notReady(): UpstreamError {
  return new UpstreamError('upstream-unavailable', 'The call could not be prepared in time');
}
