/**
 * Hands out free turns: the rules that ApiBudget applies in every round. Turns that are not free yet are estimated by
 * TurnForecast. No clock is read here.
 */
import { isLow, lowPriorities, type Account, type Limit, type Ticket } from './account.js';
import { mayTry, recordTrial } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { backgroundAt, earliestTurn } from './earliest-turn.js';
import { countPassedOver, starvedTicket } from './floors.js';
import { TurnForecast } from './turn-forecast.js';
import {
  forgetOldTickets,
  inOrder,
  isPromised,
  leaveBehind,
  promisedTickets,
  removeTicket,
  usefulFrom,
} from './queue.js';
import { QueueRoom } from './queue-room.js';
import { forgetOldSlots, freeTimes, isSlotFree, keysUnderWay, limitsNow, slowest } from './slots.js';
import type { Verdict } from './verdict.js';

/** The instance that asks for turns. */
export interface GrantTerms {
  instance: string;
  newSlotId: () => string;
  /** After this time a granted call has certainly ended. */
  longestCallMs: number;
}

/**
 * Grants free turns to one instance's tickets, and estimates the turns of its other tickets. A turn that belongs to
 * another instance's ticket stays free until that instance asks.
 */
export function grantTurns(account: Account, conditions: BudgetConditions, terms: GrantTerms): Verdict[] {
  const { now, configuredLimit, reserved, isLive } = conditions;
  const limits = limitsNow(account, configuredLimit, now, reserved);
  forgetOldSlots(account, [configuredLimit, ...limits], now);
  keepExpired(account.tickets, new QueueRoom(configuredLimit, account.tickets, now), now);
  forgetOldTickets(account, isLive, now);
  const underWay = keysUnderWay(account, isLive, now);
  const granted = grantFreeTurns(account, limits, conditions, terms, underWay);
  const forecast = new TurnForecast(account, limits, conditions, underWay, terms.instance);
  return [...granted, ...forecast.verdicts()];
}

/** The callers of these tickets stopped waiting before their turn. They may ask again, so the work stays if it can. */
function keepExpired(tickets: readonly Ticket[], room: QueueRoom, now: number): void {
  for (const ticket of tickets)
    if (
      ticket.priority === 'waiting' &&
      ticket.until <= now &&
      (isPromised(ticket, now) || room.takePromised())
    )
      leaveBehind(ticket, now, now);
}

function grantFreeTurns(
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
    recordTrial(account, id, instance, now);
    countPassedOver(account, tickets, next);
    removeTicket(account, next.id);
    account.order = Math.max(account.order, next.order);
    if (isLow(next.priority)) account.lastBackgroundAt = now;
    else account.lastConsumerAt = now;
    verdicts.push({ ticket: next.id, granted: id });
  }
  return verdicts;
}

/** The ticket, of any instance, that has the next turn; undefined when no call may be made. */
function nextTicket(
  account: Account,
  tickets: readonly Ticket[],
  limits: readonly Limit[],
  { now, isLive }: BudgetConditions,
): Ticket | undefined {
  // A lost instance gets no call. The places promised to its consumers are still held (`places` below).
  const able = tickets.filter(({ instance }) => isLive(instance) && mayTry(account, instance, isLive, now));
  const pace = slowest(limits);
  const firstLow = lowPriorities.flatMap((priority) => inOrder(able, priority).slice(0, 1));
  const starved = starvedTicket(account, firstLow, pace);
  if (starved) return starved;
  const places = promisedTickets(tickets, now);
  const [waiting] = inOrder(able, 'waiting');
  const due = places.filter((ticket) => ticket !== waiting);
  if (waiting && canStillServe(account, due, limits, now)) return waiting;
  if (waiting) return due[0];
  const leftBehind = inOrder(able, 'left-behind').find((ticket) => usefulFrom(ticket) <= now);
  if (leftBehind) return leftBehind;
  return now >= backgroundAt(account, pace) ? firstLow[0] : undefined;
}

/** A promised turn may come later than promised by this time, because the returning consumer can wait that long. */
export const lateByMs = 2_000;

/** A waiting ticket goes first as long as every promised ticket can still be served at about its promised time. */
function canStillServe(
  account: Account,
  due: readonly Ticket[],
  limits: readonly Limit[],
  now: number,
): boolean {
  if (due.length === 0) return true;
  const turnAt = freeTimes(account, limits, now, now);
  return due.every(({ promisedAt }, index) => turnAt(index + 1) <= promisedAt + lateByMs);
}
