/**
 * When a refused credential rests, so that HSS does not lock it: the interface for the credential gate, and the
 * count for a single process.
 */
import { createHash } from 'node:crypto';
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

/** The number of instances of a fleet whose rests may end together: HSS locks a key after five refusals in a row. */
const together = 4;

/** The instances that use the same credential and cannot tell each other of refusals. */
export interface Sharers {
  fleetSize: number;
  instance: string;
}

/**
 * Counts for this process alone. One refusal starts a rest, since other processes may have had refusals too. The
 * instances of a larger fleet take turns: each rests until its turn comes, so that they do not lock the key together.
 */
export class LocalCredentialRests implements CredentialRests {
  #count = 0;
  #restsUntil = 0;
  readonly #turns: number;
  readonly #turn: number;

  constructor(
    private readonly clock: Clock,
    { fleetSize, instance }: Sharers = { fleetSize: 1, instance: '' },
  ) {
    this.#turns = Math.ceil(fleetSize / together);
    this.#turn = createHash('sha256').update(instance).digest().readUInt32BE() % this.#turns;
  }

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
    const forMs = restMs * (this.#count === 1 ? 1 + this.#turn : this.#turns);
    this.#restsUntil = this.clock.monotonic() + forMs;
    return Promise.resolve(this.clock.now() + forMs);
  }

  released(): Promise<void> {
    return Promise.resolve();
  }
}
