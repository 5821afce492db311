import type { Account, Limit, Priority, Ticket } from './account.js';

/**
 * The queue in front of the slots. Fair between consumers by start-time fair queueing: each ticket draws a number
 * one above its consumer's last, or above the one served last, so whoever asks for a thousand images has its
 * thousandth turn after everybody else's first.
 */

/** Work left behind is done within this time or not at all. */
export const leftBehindMs = 10 * 60_000;
/** How long after the promised time a place is kept for who was told to come back. */
const holdMs = 5_000;
const mostLeftBehind = 50;

export interface TicketRequest {
  id: string;
  key: string;
  instance: string;
  consumer: string;
  priority: Priority;
  /** When its callers stop to wait, in ms from now. */
  waitMs: number;
}

/** Puts a ticket into the queue, or changes the one that is there. Work of the same key left behind gives it its place. */
export function enqueue(account: Account, request: TicketRequest, now: number): Ticket {
  const { id, key, instance, consumer, priority, waitMs } = request;
  const until = now + waitMs;
  const own = account.tickets.find((ticket) => ticket.id === id);
  if (own) {
    own.priority = priority;
    own.until = until;
    return own;
  }
  const left = account.tickets.find((ticket) => ticket.key === key && ticket.priority === 'left-behind');
  if (left) account.tickets = account.tickets.filter((ticket) => ticket !== left);
  // Another instance waits for the same: one call will do for both.
  const twin = account.tickets.find((ticket) => ticket.key === key && ticket.priority === 'waiting');
  const order = left?.order ?? twin?.order ?? Math.max(account.order, account.drawn[consumer] ?? 0) + 1;
  account.drawn[consumer] = Math.max(order, account.drawn[consumer] ?? 0);
  const ticket: Ticket = {
    id,
    key,
    instance,
    consumer,
    priority,
    order,
    since: now,
    until,
    promisedAt: left?.promisedAt ?? 0,
  };
  account.tickets.push(ticket);
  return ticket;
}

export function leave(account: Account, id: string): void {
  account.tickets = account.tickets.filter((ticket) => ticket.id !== id);
}

/**
 * Its consumer was told to come back at `promisedAt`: the work stays, below those who wait, and keeps its place
 * for a while after that.
 * @returns false when it is dropped: too much is left behind already, or its turn is too far away.
 */
export function leaveBehind(account: Account, ticket: Ticket, promisedAt: number, now: number): boolean {
  const others = account.tickets.filter(
    ({ consumer, priority }) => consumer === ticket.consumer && priority === 'left-behind',
  );
  if (others.length >= mostLeftBehind || promisedAt > now + leftBehindMs) {
    leave(account, ticket.id);
    return false;
  }
  ticket.priority = 'left-behind';
  ticket.until = now + leftBehindMs;
  ticket.promisedAt = promisedAt;
  return true;
}

/** When to tell the next one to come back whose work is not kept: one interval after the one before it. */
export function turnAway(
  account: Account,
  { consumer }: Ticket,
  expectedAt: number,
  { limit, windowMs }: Limit,
  now: number,
): number {
  const next = (account.turnedAway[consumer] ?? 0) + windowMs / limit;
  const at = next < now + 2 * leftBehindMs ? Math.max(expectedAt, next) : expectedAt;
  account.turnedAway[consumer] = at;
  return at;
}

/** Forgets tickets that nobody will come for, and what was drawn by consumers that have nothing to wait for. */
export function forgetOldTickets(account: Account, isLive: (instance: string) => boolean, now: number): void {
  account.tickets = account.tickets.filter(({ instance, until }) => until > now && isLive(instance));
  const waiting = new Set(account.tickets.map(({ consumer }) => consumer));
  account.drawn = Object.fromEntries(
    Object.entries(account.drawn).filter(
      ([consumer, order]) => waiting.has(consumer) || order > account.order,
    ),
  );
  account.turnedAway = Object.fromEntries(Object.entries(account.turnedAway).filter(([, at]) => at > now));
}

/** The tickets of a priority in the order of their turn. */
export function inOrder(account: Account, priority: Priority): Ticket[] {
  return account.tickets.filter((ticket) => ticket.priority === priority).sort(byOrder);
}

/** Whom a time was told, in the order of these times, whether they are back or not; a while after it, only who is. */
export function promised(account: Account, now: number): Ticket[] {
  return account.tickets
    .filter(
      ({ priority, promisedAt }) => promisedAt > 0 && (priority === 'waiting' || promisedAt + holdMs > now),
    )
    .sort((a, b) => a.promisedAt - b.promisedAt || byOrder(a, b));
}

/** How many are served before it if its turn comes at `at`: nobody who waits goes before a promise to its harm. */
export function aheadOf(account: Account, ticket: Ticket, at: number, now: number): number {
  const promises = promised(account, now);
  const place = promises.indexOf(ticket);
  if (place >= 0) return place;
  const before = new Set(promises.filter(({ promisedAt }) => promisedAt <= at));
  for (const other of account.tickets)
    if (other.priority === 'waiting' && byOrder(other, ticket) < 0) before.add(other);
  return before.size;
}

/** Numbers can be equal between consumers; then who came first. */
function byOrder(a: Ticket, b: Ticket): number {
  return a.order - b.order || a.since - b.since || (a.id < b.id ? -1 : 1);
}
