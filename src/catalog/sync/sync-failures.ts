/**
 * Failures of the sync: the last failure, for the status, and the time for which the sync loop leaves the failed work
 * alone. Each change of state is logged once.
 */
import { BudgetRefused, Unwanted } from '../../budget/budget-errors.js';
import type { Clock } from '../../time/clock.js';
import { DeadlineExceeded } from '../../time/deadline.js';
import { UpstreamError } from '../../hss/errors.js';
import type { Log } from '../../telemetry/log.js';

/** The last failure, as the status shows it. Holds no text of HSS. */
export interface SyncFailure {
  /** Wall time in ms. */
  at: number;
  /** A word of the problem list, or `internal`. */
  code: string;
}

/**
 * Pause after a call that the budget refused. The budget names a time for the next try, but consumers may leave calls
 * free sooner.
 */
const refusedPauseMs = 1_000;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

export class SyncFailures {
  last: SyncFailure | null = null;
  readonly #states = new Map<string, { code: string; times: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @returns how long to leave this kind of work alone, in ms. */
  note(work: string, error: unknown): number {
    if (error instanceof BudgetRefused || error instanceof DeadlineExceeded || error instanceof Unwanted)
      return refusedPauseMs;
    const code = error instanceof UpstreamError ? error.code : 'internal';
    const now = this.clock.now();
    this.last = { at: now, code };
    const state = this.#states.get(work);
    if (state?.code !== code) {
      const fields = error instanceof UpstreamError ? { upstream: error.upstream } : { err: error };
      this.log.warn({ work, code, ...fields }, 'Catalog: the sync cannot continue');
    }
    const times = (state?.times ?? 0) + 1;
    this.#states.set(work, { code, times });
    const retryInMs = error instanceof UpstreamError ? (error.retryAt ?? 0) - now : 0;
    return Math.max(retryInMs, Math.min(longestPauseMs, firstPauseMs * 2 ** (times - 1)));
  }

  /** The work has succeeded again. */
  over(work: string): void {
    if (this.#states.delete(work)) this.log.info({ work }, 'Catalog: the sync continues');
  }
}
