import type { Caller } from '../budget/load.js';
import type { Deadline } from '../time/deadline.js';
import type { FreshnessDemand } from './freshness-demand.js';

/** On whose behalf something is read, and what will do. */
export interface ReadContext {
  demand: FreshnessDemand;
  deadline: Deadline;
  /** Consumers share the call budget fairly by this name. */
  consumer: string;
  priority: Caller['priority'];
}
