import type { Limit } from '../../src/budget/account.js';

/** How large the checks of the cache are. */
export interface CacheScale {
  /**
   * A call budget that is no bound. Whoever loses Redis for longer than its window holds back for one: long ones bear
   * a machine that stalls, short ones let a fleet go on soon without Redis.
   */
  limit: Limit;
  /** Requests of the trace, how many come in a second, and for how many keys. */
  requests: number;
  perSecond: number;
  keys: number;
  /** The fresh life of the lists while the trace runs. */
  freshMs: number;
  /** What calls may cost, as a multiple of the lower bound; more where a busy machine stumbles over 50 ms. */
  mostOfBound: number;
  /** Share of requests that need not be served; where a busy machine stalls, an instance misses its Redis and holds back. */
  mostRefused: number;
  /** Whether bentocache is given the same trace. */
  hasPeer: boolean;
  /** Purges in a row, what one may take, and how many may name an instance that did not say in time that it heard. */
  purges: number;
  purgeWithinMs: number;
  mostUnheard: number;
  /** In which all must agree again after Redis has come back. */
  agreedWithinMs: number;
  /** How long each state of Redis lasts while it is killed or paused. */
  stateMs: number;
  /** What requests for what is held may wait longer for it; more where a busy machine stalls. */
  addedMs: number;
  /** How many times the simulated day is looked at, and how much the heap may grow in its second half. */
  looks: number;
  heapGrowthBytes: number;
}
