import type { CallOutcome } from './call-outcome.js';

/** Permission to make one call. */
export interface Grant {
  /**
   * Whether the call may still be sent. The HSS client calls this right before it sends the call. Since the grant
   * this process may have been suspended, or HSS may have answered 429 to another call.
   */
  mayStill(): Promise<boolean>;
  /**
   * Must be called exactly once, when the call has ended.
   * @returns whether the call may be repeated.
   */
  finish(outcome: CallOutcome): Promise<boolean>;
}
