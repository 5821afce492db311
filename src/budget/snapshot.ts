import { iso } from '../time/iso.js';
import { priorities, type Account, type LowPriority, type Priority } from './account.js';
import { breakerState, type BreakerState } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { earliestTurn } from './earliest-turn.js';
import { promisedTickets } from './queue.js';
import { forgetOldSlots, freeTimes, isForeign, limitsNow, marginMs, slowest, startOf } from './slots.js';

/** An account can hold thousands of calls and promises. A person reads this many of them at most. */
const mostShown = 100;

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
  /** Slots that instances without a sign of life may still use. `limit` is without them. */
  reserved: number;
  /** The newest of the calls that count, the oldest first. */
  calls: CountedCall[];
  /** The turns that refused consumers were told, the next first. */
  promisedAt: string[];
  /** Revalidation and background: all loads of this instance, and the next load of each other instance. */
  queue: Record<Priority, number>;
  oldestWaitMs: number | null;
  /** The longest wait of the queue, by priority. Loads that wait at home, without a ticket, are not in it. */
  oldestWaitsMs: Record<Priority, number | null>;
  nextSlotAt: string;
  pausedUntil: string | null;
  breaker: { state: BreakerState; openUntil: string | null };
  /** A lower limit that HSS named. */
  learnedLimit: { limit: number; windowMs: number; until: string } | null;
  instances: number;
}

interface CountedCall {
  grantedAt: string;
  /** When the call stops to count. Estimated while the call is under way. */
  freeAt: string;
  underWay: boolean;
  /** Null for a call of another program with the same HSS user. */
  instance: string | null;
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
  const limit = slowest(limits);
  const oldestWaitMs = (word: Priority) => {
    const since = account.tickets.filter(({ priority }) => priority === word).map((ticket) => ticket.since);
    return since.length > 0 ? now - Math.min(...since) : null;
  };
  const waitsAtHome: Partial<Record<Priority, number>> = atHome;
  const count = (word: Priority) =>
    account.tickets.filter(({ priority }) => priority === word).length + (waitsAtHome[word] ?? 0);
  return {
    api,
    shared: isShared,
    ...limit,
    used: account.slots.length,
    reserved,
    calls: callsOf(account, limit.windowMs, now),
    promisedAt: promisedTickets(account.tickets, now)
      .map(({ promisedAt }) => promisedAt)
      .sort((a, b) => a - b)
      .slice(0, mostShown)
      .map((at) => iso(at)),
    queue: byPriority(count),
    oldestWaitMs: oldestWaitMs('waiting'),
    oldestWaitsMs: byPriority(oldestWaitMs),
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

function byPriority<Value>(valueOf: (word: Priority) => Value): Record<Priority, Value> {
  return Object.fromEntries(priorities.map((word) => [word, valueOf(word)])) as Record<Priority, Value>;
}

function callsOf(account: Account, windowMs: number, now: number): CountedCall[] {
  return account.slots
    .toSorted((a, b) => a.grantedAt - b.grantedAt)
    .slice(-mostShown)
    .map((slot) => ({
      grantedAt: iso(slot.grantedAt),
      freeAt: iso(startOf(slot, account.callMs, now) + windowMs + marginMs),
      underWay: slot.endedAt === null,
      instance: isForeign(slot) ? null : slot.instance,
    }));
}
