import type { Clock } from '../../time/clock.js';

/** The credential rests after being refused: trying it again could get it locked. */
export class CredentialResting extends Error {
  /** @param until wall time in ms. */
  constructor(readonly until: number) {
    super('The credential rests after having been refused');
    this.name = 'CredentialResting';
  }
}

/** What is known of a credential's refusals, in this process or in the fleet. */
export interface CredentialRests {
  /**
   * Waits until no other call is trying the credential.
   * @throws CredentialResting while it rests, the signal's reason when that aborts.
   */
  acquire(signal: AbortSignal): Promise<void>;
  accepted(): Promise<void>;
  /**
   * @param excused there was a reason that is gone now (our clock was off), so once more is worth it.
   * @returns wall time in ms until which the credential rests now; null when it may be tried again.
   */
  refused(excused: boolean): Promise<number | null>;
  /** The try told nothing about the credential: a time-out, a 5xx. */
  released(): Promise<void>;
}

/** HSS locks a key for 5 minutes; a little more, because its clock started later than ours. */
export const restMs = 5 * 60_000 + 15_000;

/** Counts for this process alone, which sees only a part of the fleet's refusals: one is enough for a rest. */
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
