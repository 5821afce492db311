import type { Account, Limit, Priority, Ticket } from './account.js';
import { mayTry, trying } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { backgroundAt, earliestTurn } from './earliest-turn.js';
import { TurnForecast } from './turn-forecast.js';
import { forgetOldTickets, inOrder, leave, leaveBehind, promised } from './queue.js';
import { forgetOldSlots, freeTimes, isSlotFree, keysUnderWay, limitsNow, slowest } from './slots.js';
import type { Verdict } from './verdict.js';

/** How long a call that was granted may take until it has ended for certain. */
export interface GrantTerms {
  instance: string;
  newSlotId: () => string;
  longestCallMs: number;
}

/**
 * Grants what can be granted to one instance's tickets, and says of the others when their turn is expected. The
 * tickets of other instances keep their turn: who asks next takes it.
 */
export function grantTurns(account: Account, conditions: BudgetConditions, terms: GrantTerms): Verdict[] {
  const { now, configuredLimit, reserved, isLive } = conditions;
  const limits = limitsNow(account, configuredLimit, now, reserved);
  forgetOldSlots(account, [configuredLimit, ...limits], now);
  // Its callers stopped to wait before their turn came: the work stays for when they ask again.
  for (const ticket of account.tickets)
    if (ticket.priority === 'waiting' && ticket.until <= now) leaveBehind(ticket, now, now);
  forgetOldTickets(account, isLive, now);
  const underWay = keysUnderWay(account, isLive, now);
  const granted = grant(account, limits, conditions, terms, underWay);
  return [...granted, ...new TurnForecast(account, limits, conditions, underWay).verdicts(terms.instance)];
}

function grant(
  account: Account,
  limits: readonly Limit[],
  conditions: BudgetConditions,
  terms: GrantTerms,
  underWay: Set<string>,
): Verdict[] {
  const { now, isLive, totalRoom } = conditions;
  const { instance, longestCallMs } = terms;
  const verdicts: Verdict[] = [];
  if (earliestTurn(account, conditions) > now) return verdicts;
  while (verdicts.length < totalRoom && isSlotFree(account, limits, now)) {
    const tickets = account.tickets.filter((each) => !underWay.has(each.key));
    const next = nextTicket(account, tickets, limits, conditions);
    if (next?.instance !== instance || !mayTry(account, instance, isLive, now)) break;
    const id = terms.newSlotId();
    account.slots.push({
      id,
      instance,
      key: next.key,
      grantedAt: now,
      from: now + longestCallMs,
      endedAt: null,
    });
    underWay.add(next.key);
    trying(account, id, instance, now);
    leave(account, next.id);
    account.order = Math.max(account.order, next.order);
    if (isForConsumer(next.priority)) account.lastConsumerAt = now;
    else account.lastBackgroundAt = now;
    verdicts.push({ ticket: next.id, granted: id });
  }
  return verdicts;
}

/** Background calls get one turn in this many windows even while consumers wait. */
const floorWindows = 4;

/** Whose turn it is, of all instances; undefined when nobody may go. */
function nextTicket(
  account: Account,
  tickets: readonly Ticket[],
  limits: readonly Limit[],
  { now, isLive }: BudgetConditions,
): Ticket | undefined {
  // A place held for whoever comes back is a place, but nothing to call for while its instance is lost.
  const able = tickets.filter(({ instance }) => isLive(instance) && mayTry(account, instance, isLive, now));
  const pace = slowest(limits);
  const background = inOrder(able, 'revalidation')[0] ?? inOrder(able, 'background')[0];
  const starvedSince = Math.max(account.lastBackgroundAt, background?.since ?? now);
  if (background && now - starvedSince >= floorWindows * pace.windowMs) return background;
  const places = promised(tickets, now);
  const [waiting] = inOrder(able, 'waiting');
  const due = places.filter((ticket) => ticket !== waiting);
  if (waiting && isHarmless(account, due, limits, now)) return waiting;
  if (waiting) return due[0];
  const [left] = inOrder(able, 'left-behind');
  if (left) return left;
  return background && now >= backgroundAt(account, pace) ? background : undefined;
}

/** Whoever comes back as told can wait this much longer. */
const lateByMs = 2_000;

/** Who waits goes first as long as everybody who was told a time can still be served at about that time. */
function isHarmless(
  account: Account,
  due: readonly Ticket[],
  limits: readonly Limit[],
  now: number,
): boolean {
  if (due.length === 0) return true;
  const turnAt = freeTimes(account, limits, now, now);
  return due.every(({ promisedAt }, index) => turnAt(index + 1) <= promisedAt + lateByMs);
}

function isForConsumer(priority: Priority): boolean {
  return priority === 'waiting' || priority === 'left-behind';
}
