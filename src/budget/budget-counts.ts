import { lateByMs } from './turns.js';

/** What one API's budget on this instance has decided since the start, for operators. Decides nothing. */
export class BudgetCounts {
  granted = 0;
  /** Callers who were refused a turn in time, by cause. */
  refused = { budget: 0, breaker: 0 };
  /** Turns told to callers who could not wait, for which the work stays in the queue. */
  promised = 0;
  /** Promised turns that came in time. */
  kept = 0;
  /** Promised turns that came late. */
  broken = 0;

  /**
   * @param promisedAt the time that a caller was told; 0 when no caller was told one.
   * @param now the time of the grant, on the same clock.
   */
  grant(promisedAt: number, now: number): void {
    this.granted += 1;
    if (promisedAt <= 0) return;
    if (now <= promisedAt + lateByMs) this.kept += 1;
    else this.broken += 1;
  }
}
