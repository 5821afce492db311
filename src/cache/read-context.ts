import type { Caller } from '../budget/load.js';
import type { Deadline } from '../time/deadline.js';
import type { Demand } from './freshness-demand.js';

/** On whose behalf something is read, and what will do. */
export interface Asking {
  demand: Demand;
  deadline: Deadline;
  /** Consumers share the call budget fairly by this name. */
  consumer: string;
  priority: Caller['priority'];
}
