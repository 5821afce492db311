import type { Limit } from './account.js';

/**
 * All that the rules need to know besides the account itself. The ledger fills it in at each change of an account.
 */
export interface BudgetConditions {
  /** The ledger's time in ms: Redis's clock, or our own continuation of it while Redis is away. */
  now: number;
  /** The limit from the settings; without Redis, this instance's share of it. */
  configuredLimit: Limit;
  /** Calls per window to leave to lost instances, which may still be calling. */
  reserved: number;
  isLive: (instance: string) => boolean;
  liveInstances: number;
  /** Free calls in the API's total over all HSS users. */
  totalRoom: number;
  /** The time at which the total has room for the next call. */
  totalFreeAt: number;
  /** Whether the fleet shares this account at the moment. */
  isShared: boolean;
  /** Without Redis: calls per window that the other instances may make meanwhile, if known. */
  othersShare?: number;
}
