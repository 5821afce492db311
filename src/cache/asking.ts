import type { Caller } from '../resilience/budget/load.js';
import type { Deadline } from '../resilience/deadline.js';
import type { Demand } from './demand.js';

/** On whose behalf something is read, and what will do. */
export interface Asking {
  demand: Demand;
  deadline: Deadline;
  /** Consumers share the call budget fairly by this name. */
  consumer: string;
  priority: Caller['priority'];
}
