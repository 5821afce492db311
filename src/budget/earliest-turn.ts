import type { Account, Limit } from './account.js';
import { openForAllUntil } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';

/** The time before which no instance may call, even if a slot is free. */
export function earliestTurn(
  account: Account,
  { now, totalRoom, totalFreeAt }: Pick<BudgetConditions, 'now' | 'totalRoom' | 'totalFreeAt'>,
): number {
  const roomAt = totalRoom > 0 ? now : totalFreeAt;
  return Math.max(now, account.blockedUntil, account.pausedUntil, openForAllUntil(account), roomAt);
}

/** Background calls keep one interval away from consumers' calls and from each other. */
export function backgroundAt(account: Account, { limit, windowMs }: Limit): number {
  return Math.max(account.lastConsumerAt, account.lastBackgroundAt) + windowMs / limit;
}
