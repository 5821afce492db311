import type { Account, Limit } from './account.js';
import { openForAllUntil } from './breaker.js';

/** What the rules need to know besides the account itself. */
export interface BudgetConditions {
  now: number;
  configured: Limit;
  /** Calls per window to leave to instances that were lost and may still be calling. */
  reserved: number;
  isLive: (instance: string) => boolean;
  /** Calls that the API's total, over all HSS users, still has room for, and when it has room for one more. */
  totalRoom: number;
  totalFreeAt: number;
}

export type Verdict =
  | { ticket: string; granted: string }
  /** Not before `at`, which is too late for its callers; whether the work stays in the queue. */
  | { ticket: string; refusedUntil: number; because: 'budget' | 'breaker'; leftBehind: boolean }
  /** At `expectedAt`; its answer may take `answerMs` from then. */
  | { ticket: string; expectedAt: number; answerMs: number };

/** Nobody may call before this. */
export function earliestTurn(
  account: Account,
  { now, totalRoom, totalFreeAt }: Pick<BudgetConditions, 'now' | 'totalRoom' | 'totalFreeAt'>,
): number {
  const roomAt = totalRoom > 0 ? now : totalFreeAt;
  return Math.max(now, account.blockedUntil, account.pausedUntil, openForAllUntil(account), roomAt);
}

/** Background keeps one interval away from consumers' calls and from its own. */
export function backgroundAt(account: Account, { limit, windowMs }: Limit): number {
  return Math.max(account.lastConsumerAt, account.lastBackgroundAt) + windowMs / limit;
}
