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
}
