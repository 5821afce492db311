import type { Limit } from '../../src/budget/account.js';
import type { CacheTolerance } from './tolerance.js';

/** How large the checks of the cache are. */
export interface CacheScale extends CacheTolerance {
  /**
   * A call budget that never limits. An instance that loses Redis for longer than this window holds calls back for one
   * window: a long window survives a machine that stalls, a short window lets a fleet go on soon without Redis.
   */
  limit: Limit;
  /** Requests of the trace. */
  requests: number;
  perSecond: number;
  /** How many different keys the trace asks for. */
  keys: number;
  /** The fresh life of the lists while the trace runs. */
  freshMs: number;
  /** Whether bentocache gets the same trace. */
  hasPeer: boolean;
  /** Purges in a row. */
  purges: number;
  /** How long each state of Redis lasts while it is killed or paused. */
  stateMs: number;
  /** How often the simulated day is measured. */
  looks: number;
}
