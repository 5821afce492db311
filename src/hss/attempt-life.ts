import type { Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import type { Clock } from '../time/clock.js';
import { UpstreamError } from './errors.js';

/** What an attempt may wait between its grant and its sending, for its turn at the credential or for a token. */
export const longestPreparationMs = 15_000;

/** Says when an attempt that has not been sent yet should not be: nobody wants it, or it waits for too long. */
export class AttemptLife {
  readonly #controller = new AbortController();
  readonly #cancelTimer: () => void;
  #hasEnded = false;

  constructor(load: Load, clock: Clock) {
    this.#cancelTimer = clock.after(longestPreparationMs, () => this.#controller.abort(notReady()));
    const look = () => {
      if (load.isUnwanted && !this.#hasEnded) this.#controller.abort(new Unwanted());
    };
    load.onChange(look);
    look();
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
  return new UpstreamError('upstream-unavailable', 'No call could be prepared in time');
}
