import { priorities, type Account, type LowPriority, type Priority } from './account.js';
import { breakerState, type BreakerState } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { earliestTurn } from './earliest-turn.js';
import { forgetOldSlots, freeTimes, limitsNow, slowest } from './slots.js';

/**
 * One API's budget as operators see it in GET /v1/admin/budget. All times are RFC 3339 on the ledger's clock.
 * Making a snapshot changes nothing in the account except that slots which do not count any more are removed.
 */
export interface BudgetSnapshot {
  api: string;
  /** False while Redis is away and this instance uses only its share of the rate. */
  shared: boolean;
  limit: number;
  windowMs: number;
  /** Calls that count against the limit at the moment. */
  used: number;
  /** Revalidation and background: all loads of this instance, and the next load of each other instance. */
  queue: Record<Priority, number>;
  oldestWaitMs: number | null;
  nextSlotAt: string;
  pausedUntil: string | null;
  breaker: { state: BreakerState; openUntil: string | null };
  /** A lower limit that HSS named. */
  learnedLimit: { limit: number; windowMs: number; until: string } | null;
  instances: number;
}

/**
 * @param instance the instance whose breaker is shown: a breaker can be open for a single instance.
 * @param atHome the number of loads that wait on this instance without a ticket.
 */
export function snapshotOf(
  api: string,
  instance: string,
  account: Account,
  conditions: BudgetConditions,
  atHome: Record<LowPriority, number>,
): BudgetSnapshot {
  const { now, configuredLimit, reserved, liveInstances, isShared } = conditions;
  const limits = limitsNow(account, configuredLimit, now, reserved);
  forgetOldSlots(account, [configuredLimit, ...limits], now);
  const { pausedUntil, breaker, learned } = account;
  const waiting = account.tickets
    .filter(({ priority }) => priority === 'waiting')
    .map(({ since }) => now - since);
  const waitsAtHome: Partial<Record<Priority, number>> = atHome;
  const count = (word: Priority) =>
    account.tickets.filter(({ priority }) => priority === word).length + (waitsAtHome[word] ?? 0);
  return {
    api,
    shared: isShared,
    ...slowest(limits),
    used: account.slots.length,
    queue: Object.fromEntries(priorities.map((word) => [word, count(word)])) as Record<Priority, number>,
    oldestWaitMs: waiting.length > 0 ? Math.max(...waiting) : null,
    nextSlotAt: iso(freeTimes(account, limits, now, earliestTurn(account, conditions))(0)),
    pausedUntil: pausedUntil > now ? iso(pausedUntil) : null,
    breaker: {
      state: breakerState(account, instance, now),
      openUntil: breaker.openUntil > now ? iso(breaker.openUntil) : null,
    },
    learnedLimit: learned && learned.until > now ? { ...learned, until: iso(learned.until) } : null,
    instances: liveInstances,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
