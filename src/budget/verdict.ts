/** The rules' answer to one ticket. Every round makes new verdicts. */
export type Verdict =
  /** The ticket gets the slot `granted`: the call may be made. */
  | { ticket: string; granted: string }
  /**
   * No turn before `refusedUntil`, which is too late for all callers. `place`: the work leaves the queue, gets a place
   * for this time, or keeps the place that it had for this time. The answer may take `answerMs` from that time on.
   */
  | {
      ticket: string;
      refusedUntil: number;
      answerMs: number;
      because: 'budget' | 'breaker';
      place: 'none' | 'new' | 'kept';
    }
  /** The turn is expected at `expectedAt`; the answer may take `answerMs` from that time on. */
  | { ticket: string; expectedAt: number; answerMs: number };
