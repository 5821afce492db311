import { orAborted } from '../../time/deadline.js';
import { CredentialResting, type CredentialRests } from './credential-rest.js';
import { CredentialRefused, UpstreamError } from '../errors.js';

/**
 * Keeps a wrong key from being locked. HSS locks an AK after five refusals in a row, and one merged answer sends
 * three calls at once. So a credential goes out one call at a time until HSS has accepted it once, and again
 * after every refusal; after some refusals it rests. The count is the fleet's where there is a Redis.
 */
export class CredentialGate {
  #accepted = false;
  /** The end of the queue of calls that go out one at a time. */
  #tail: Promise<void> = Promise.resolve();

  constructor(private readonly refusals: CredentialRests) {}

  /** Runs `call`, at once for a credential that works, else when it is alone. @throws what `call` throws. */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#works()) return this.#watch(call);
    let done = () => {};
    const before = this.#tail;
    this.#tail = new Promise((resolve) => (done = resolve));
    try {
      await orAborted(before, signal);
      // The call before us may have proved the credential.
      if (this.#works()) {
        done();
        return await this.#watch(call);
      }
      await this.#acquire(signal);
      return await this.#watch(call, true);
    } finally {
      // Whoever waits behind us still waits for those before us.
      void before.then(done);
    }
  }

  #works(): boolean {
    return this.#accepted;
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    try {
      await this.refusals.acquire(signal);
    } catch (error) {
      if (!(error instanceof CredentialResting)) throw error;
      throw new UpstreamError(
        'upstream-unauthorized',
        'HSS refused the configured credential; it rests so that it does not get locked',
        null,
        error.until,
      );
    }
  }

  async #watch<T>(call: () => Promise<T>, probing = false): Promise<T> {
    try {
      const result = await call();
      if (!this.#accepted) await this.refusals.accepted();
      this.#accepted = true;
      return result;
    } catch (error) {
      if (error instanceof CredentialRefused) {
        this.#accepted = false;
        // Several that left together by a wrong clock say nothing of the key; the next goes out alone, by the right one.
        if (error.clockWasOff && !probing) throw error;
        const restsUntil = await this.refusals.refused(error.clockWasOff);
        throw new CredentialRefused(error.upstream, error.message, error.clockWasOff, restsUntil);
      } else if (answered(error)) {
        // HSS understood who we are, and said no for another reason.
        if (!this.#accepted) await this.refusals.accepted();
        this.#accepted = true;
      } else if (probing) {
        await this.refusals.released();
      }
      throw error;
    }
  }
}

/** HSS looks at the credential before anything else: its business errors prove the credential good. */
function answered(error: unknown): boolean {
  return error instanceof UpstreamError && error.upstream?.code?.startsWith('HSS.') === true;
}
