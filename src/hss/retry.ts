/**
 * Decides after each failed attempt whether HssClient repeats the call. One CallRetry serves one call. The
 * whole rule:
 *
 * 1. Nothing was sent because the grant had lapsed: the call queues for a new grant, as often as needed.
 * 2. A 401 with a known and removed cause (the IAM token had ended, or our clock was off and is corrected now):
 *    repeated at once, once per call. Any other 401 is never repeated, since each refusal brings the lock of the
 *    key nearer.
 * 3. An idle connection was closed just as the call was sent on it: repeated at once on a new connection, if it was
 *    the call's first attempt. This is no failure of HSS.
 * 4. A broken exchange (no connection, time-out, 408, 502, 503 or 504, without Retry-After): repeated after a pause,
 *    if it was the call's first attempt and a caller still waits. A certificate that is not trusted is no broken
 *    exchange. The budget has the last word: `mayRetry` in src/budget/call-outcome.ts limits how many of all calls
 *    may be repetitions, and allows none while the breaker is open.
 * 5. Every other failure is final.
 *
 * Every repetition needs a new grant of the budget.
 */
import type { CallOutcome } from '../budget/call-outcome.js';
import { ConnectionLapsed, CredentialRefused, Unavailable } from './errors.js';

/** The grant expired while the attempt was prepared. Nothing was sent: the slot goes back, the load queues again. */
export class GrantLapsed extends Error {}

/**
 * A 401 that a fresh IAM token may cure. The credential gate must not count this 401, because it says nothing about
 * the user.
 */
export class TokenEnded extends Error {}

export type Decision = 'repeat' | 'repeat-after-pause' | 'give-up';

export class CallRetry {
  #isFirstAttempt = true;
  #wasCured = false;

  /** False once the call was repeated because of a removed cause. */
  get mayCure(): boolean {
    return !this.#wasCured;
  }

  /** Whether the attempt failed for a reason that is no failure of HSS (rule 3). */
  isExcused(error: unknown): boolean {
    return this.#isFirstAttempt && error instanceof ConnectionLapsed;
  }

  /** @returns whether a sent attempt that failed with `error` asks the budget for a repetition (rule 4). */
  wantsRetry(error: unknown, isAwaited: boolean): boolean {
    return this.#isFirstAttempt && isAwaited && error instanceof Unavailable && error.isTransient;
  }

  /** @param budgetAllows the budget's answer to `outcome`; only waited for if the outcome asks for a repetition. */
  async after(error: unknown, outcome: CallOutcome, budgetAllows: Promise<boolean>): Promise<Decision> {
    if (error instanceof GrantLapsed) return 'repeat';
    const isExcused = this.isExcused(error);
    this.#isFirstAttempt = false;
    if (isExcused) return 'repeat';
    if (this.mayCure && isCured(error)) {
      this.#wasCured = true;
      return 'repeat';
    }
    const isAsked = 'wantsRetry' in outcome && outcome.wantsRetry;
    return isAsked && (await budgetAllows) ? 'repeat-after-pause' : 'give-up';
  }
}

/** The cause of the 401 is gone: a fresh token can be fetched, or UpstreamClock has learned the right time. */
function isCured(error: unknown): boolean {
  if (error instanceof TokenEnded) return true;
  return error instanceof CredentialRefused && error.clockWasOff && error.retryAt === null;
}
