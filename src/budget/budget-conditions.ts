import type { Found } from './account-store.js';
import type { Account, Limit } from './account.js';
import { firstGoneAt, freeSlots, heldByOthers, sharedLimit, type Fleet } from './escrow.js';

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

/** Another instance gives its spare slots back within a beat. A waiting load looks for them this often. */
const spareSoonMs = 50;

/**
 * The conditions for a change of a shared account.
 * @param total the limit of an API over all HSS users.
 */
export function sharedConditions(
  account: Account,
  { now, totalUsed, totalFreeAt }: Pick<Found, 'now' | 'totalUsed' | 'totalFreeAt'>,
  fleet: Fleet,
  total: Limit,
): BudgetConditions {
  const { spare, silent } = heldByOthers(account, fleet);
  const isAllHeld = silent >= sharedLimit(account, fleet);
  const room = spare > 0 || isAllHeld ? freeSlots(account, fleet) : Infinity;
  return {
    now,
    configuredLimit: fleet.limit,
    reserved: silent,
    isLive: fleet.isLive,
    liveInstances: fleet.liveInstances,
    totalRoom: Math.min(total.limit - totalUsed, Math.max(0, room)),
    totalFreeAt: Math.max(
      totalUsed >= total.limit ? totalFreeAt : now + spareSoonMs,
      isAllHeld ? firstGoneAt(account, fleet) : 0,
    ),
    isShared: true,
  };
}
