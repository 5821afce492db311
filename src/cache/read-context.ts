import type { Caller } from '../budget/load.js';
import type { Deadline } from '../time/deadline.js';
import type { FreshnessDemand } from './freshness-demand.js';

/** The reader of a value, the deadline, the priority, and how fresh the value must be. */
export interface ReadContext {
  demand: FreshnessDemand;
  deadline: Deadline;
  /** Name of the consumer; the call budget is shared fairly between names. */
  consumer: string;
  priority: Caller['priority'];
  /**
   * Called when this reader starts a load, before the load asks anybody. Readers that join a load pay nothing. Rejects
   * with the error for this reader when it may start none.
   */
  pay?(): Promise<void>;
}

/** The reader that started a load may not start it. The load's other readers are not concerned. */
export class LoadNotPaid extends Error {
  constructor(readonly reason: Error) {
    super('The reader may not start this load', { cause: reason });
  }
}
