/**
 * When a refused credential rests, so that HSS does not lock it: the interface for the credential gate, and the
 * count for a single process.
 */
import type { Clock } from '../../time/clock.js';

/** The credential rests after a refusal: another try could get it locked. */
export class CredentialResting extends Error {
  /** @param until wall time in ms. */
  constructor(readonly until: number) {
    super('The credential rests after having been refused');
    this.name = 'CredentialResting';
  }
}

/** Counts the refusals of a credential, in this process or in the fleet, and makes the credential rest. */
export interface CredentialRests {
  /**
   * Waits until no other call is trying the credential.
   * @throws CredentialResting during a rest, or the signal's reason when the signal aborts.
   */
  acquire(signal: AbortSignal): Promise<void>;
  accepted(): Promise<void>;
  /**
   * @param excused the cause of the refusal is gone (our clock was wrong), so one more try makes sense.
   * @returns wall time in ms at which the rest ends; null if the credential may be tried again.
   */
  refused(excused: boolean): Promise<number | null>;
  /** The try said nothing about the credential: a time-out, a 5xx. */
  released(): Promise<void>;
}

/** HSS locks a key for 5 minutes. The rest is a little longer, because HSS's clock started later than ours. */
export const restMs = 5 * 60_000 + 15_000;

/** Counts for this process alone. One refusal starts a rest, since other processes may have had refusals too. */
export class LocalCredentialRests implements CredentialRests {
  #count = 0;
  #restsUntil = 0;

  constructor(private readonly clock: Clock) {}

  acquire(): Promise<void> {
    const leftMs = this.#restsUntil - this.clock.monotonic();
    return leftMs > 0 ? Promise.reject(new CredentialResting(this.clock.now() + leftMs)) : Promise.resolve();
  }

  accepted(): Promise<void> {
    this.#count = 0;
    this.#restsUntil = 0;
    return Promise.resolve();
  }

  refused(excused: boolean): Promise<number | null> {
    this.#count += 1;
    if (excused && this.#count === 1) return Promise.resolve(null);
    this.#restsUntil = this.clock.monotonic() + restMs;
    return Promise.resolve(this.clock.now() + restMs);
  }

  released(): Promise<void> {
    return Promise.resolve();
  }
}
