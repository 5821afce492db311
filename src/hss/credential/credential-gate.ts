import { orAborted, ServiceStopping } from '../../time/deadline.js';
import { CredentialResting, type CredentialRests } from './credential-rest.js';
import { CredentialRefused, isBusinessError, UpstreamError } from '../errors.js';

/**
 * Keeps a wrong key from being locked. HSS locks an AK after five refusals in a row, and one merged answer sends
 * three calls at once. So calls are sent one at a time until HSS has accepted the credential once, and again after
 * every refusal; after some refusals the credential rests. The whole fleet shares the count of refusals through
 * Redis, if there is one. Used by HssClient; never decides whether a call is repeated.
 */
export class CredentialGate {
  #isAccepted = false;
  /** The end of the queue of calls that are sent one at a time. */
  #tail: Promise<void> = Promise.resolve();

  #isRenewing = false;

  constructor(
    private readonly rests: CredentialRests,
    /** False: the next call has to fetch a token first, and so tries the credential again. */
    private readonly isReady: () => boolean = () => true,
  ) {}

  /** Runs `call`: at once if the credential is accepted, otherwise alone. @throws the error of `call`. */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#isProven()) return this.#observe(call);
    let leaveQueue = () => {};
    const callsAhead = this.#tail;
    this.#tail = new Promise((resolve) => (leaveQueue = resolve));
    try {
      await orAborted(callsAhead, signal);
      // The call before this one may have proved the credential.
      if (this.#isProven()) {
        leaveQueue();
        return await this.#observe(call);
      }
      await this.#acquire(signal);
      return await this.#observe(call, true);
    } finally {
      // A call that leaves the queue early must not release the calls behind it before the calls ahead have ended.
      void callsAhead.then(leaveQueue);
    }
  }

  /**
   * Renews a token in the background. A refusal counts for the whole fleet like that of a call, but calls go on with
   * the old token. Never throws.
   */
  async renew(fetch: () => Promise<unknown>): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      await this.rests.acquire(new AbortController().signal);
      await fetch();
      await this.rests.accepted();
    } catch (error) {
      if (error instanceof CredentialRefused) await this.rests.refused(false);
      else if (!(error instanceof CredentialResting)) await this.rests.released();
    } finally {
      this.#isRenewing = false;
    }
  }

  #isProven(): boolean {
    return this.#isAccepted && this.isReady();
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    try {
      await this.rests.acquire(signal);
    } catch (error) {
      if (!(error instanceof CredentialResting)) throw error;
      throw new UpstreamError(
        'upstream-unauthorized',
        'HSS refused the configured credential, which now rests so that HSS does not lock it',
        null,
        error.until,
      );
    }
  }

  async #observe<T>(call: () => Promise<T>, isTry = false): Promise<T> {
    try {
      const result = await call();
      if (!this.#isAccepted || isTry) await this.rests.accepted();
      this.#isAccepted = true;
      return result;
    } catch (error) {
      if (error instanceof CredentialRefused) {
        this.#isAccepted = false;
        // Several calls that were sent together by a wrong clock say nothing about the key. The next call is sent
        // alone, by the corrected clock.
        if (error.clockWasOff && !isTry) throw error;
        const restsUntil = await this.rests.refused(error.clockWasOff);
        throw new CredentialRefused(error.upstream, error.message, error.clockWasOff, restsUntil);
      } else if (isBusinessError(error)) {
        // HSS accepted our identity and refused the call for another reason.
        if (!this.#isAccepted || isTry) await this.rests.accepted();
        this.#isAccepted = true;
      } else if (isTry) {
        const released = this.rests.released();
        // A service that stops records the end of its calls at once.
        if (!(error instanceof ServiceStopping)) await released;
      }
      throw error;
    }
  }
}
