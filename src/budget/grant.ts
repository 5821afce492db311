import type { CallOutcome } from './call-outcome.js';

/** Permission to make one call. */
export interface Grant {
  /**
   * To be asked right before the call is sent: whether the call may still go out. Since the grant this process may
   * have been suspended, or HSS may have answered 429 to another call.
   */
  mayStill(): Promise<boolean>;
  /**
   * Must be called exactly once, when the call has ended.
   * @returns whether the call may be repeated.
   */
  finish(outcome: CallOutcome): Promise<boolean>;
}
