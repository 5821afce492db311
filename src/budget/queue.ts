import type { Account, Limit, Priority, Ticket } from './account.js';

/**
 * The queue in front of the slots. Fair between consumers by start-time fair queueing: each ticket draws a number
 * one above its consumer's last that waits, or above the one served last, so whoever asks for a thousand images has
 * its thousandth turn after everybody else's first.
 */

/** Work left behind is done within this time or not at all. */
export const leftBehindMs = 10 * 60_000;
/** How long after the promised time a place is kept for who was told to come back. */
const holdMs = 5_000;
export const mostLeftBehind = 50;

export interface TicketRequest {
  id: string;
  key: string;
  instance: string;
  /** All who wait for it with this priority: the one with the best place counts. */
  consumers: readonly string[];
  priority: Priority;
  /** When its callers stop to wait, in ms from now. */
  waitMs: number;
}

/** Tickets by what is looked for, for many changes in a row. */
export class TicketIndex {
  readonly byId: Map<string, Ticket>;
  readonly #byKey = new Map<string, Ticket>();
  readonly #lastOrder = new Map<string, number>();

  constructor(private readonly account: Account) {
    this.byId = new Map(account.tickets.map((ticket) => [ticket.id, ticket]));
    for (const ticket of account.tickets) this.#note(ticket);
  }

  /** Puts a ticket into the queue, or changes the one that is there. What waits for the same gives it its place. */
  enqueue({ id, key, instance, consumers, priority, waitMs }: TicketRequest, now: number): void {
    const until = now + waitMs;
    const own = this.byId.get(id);
    if (own) {
      const others = consumers.filter((consumer) => consumer !== own.consumer);
      const better = others.length > 0 ? this.#bestPlace(others) : own;
      Object.assign(own, { priority, until });
      if (better.order < own.order) Object.assign(own, better);
      return;
    }
    const place = this.#bestPlace(consumers);
    const same = this.#byKey.get(key);
    const takesOver = same?.priority === 'left-behind';
    if (takesOver) this.account.tickets = this.account.tickets.filter((ticket) => ticket !== same);
    const inherited = same && same.order < place.order ? { order: same.order } : {};
    const promisedAt = takesOver ? same.promisedAt : 0;
    this.add({ id, key, instance, ...place, ...inherited, priority, since: now, until, promisedAt });
  }

  add(ticket: Ticket): void {
    this.account.tickets.push(ticket);
    this.byId.set(ticket.id, ticket);
    this.#note(ticket);
  }

  /** Somebody waits for the same thing, or left it behind. */
  hasKey(key: string): boolean {
    return this.#byKey.has(key);
  }

  #bestPlace(consumers: readonly string[]): Pick<Ticket, 'consumer' | 'order'> {
    const places = consumers.map((consumer) => ({
      consumer,
      order: Math.max(this.account.order, this.#lastOrder.get(consumer) ?? 0) + 1,
    }));
    return places.reduce((a, b) => (a.order <= b.order ? a : b));
  }

  #note(ticket: Ticket): void {
    const { key, consumer, order } = ticket;
    if (this.#byKey.get(key)?.priority !== 'left-behind') this.#byKey.set(key, ticket);
    this.#lastOrder.set(consumer, Math.max(order, this.#lastOrder.get(consumer) ?? 0));
  }
}

export function leave(account: Account, id: string): void {
  account.tickets = account.tickets.filter((ticket) => ticket.id !== id);
}

/** Its consumer was told to come back: the work stays, below those who wait, and keeps its place for a while after. */
export function leaveBehind(ticket: Ticket, promisedAt: number, now: number): void {
  Object.assign(ticket, { priority: 'left-behind', until: now + leftBehindMs, promisedAt });
}

/** When to tell the next one to come back whose work is not kept: one interval after the one before it. */
export function turnAway(
  account: Account,
  consumer: string,
  expectedAt: number,
  { limit, windowMs }: Limit,
  now: number,
): number {
  const next = (account.turnedAway[consumer] ?? 0) + windowMs / limit;
  const at = next < now + 2 * leftBehindMs ? Math.max(expectedAt, next) : expectedAt;
  account.turnedAway[consumer] = at;
  return at;
}

/**
 * Forgets tickets that nobody will come for. Of an instance that is not heard of, what was promised stays for as long
 * as the place is held: its consumer may come back to another.
 */
export function forgetOldTickets(account: Account, isLive: (instance: string) => boolean, now: number): void {
  account.tickets = account.tickets.filter(
    (ticket) => ticket.until > now && (isLive(ticket.instance) || isHeld(ticket, now)),
  );
  account.turnedAway = Object.fromEntries(Object.entries(account.turnedAway).filter(([, at]) => at > now));
}

/** The tickets of a priority in the order of their turn. */
export function inOrder(tickets: readonly Ticket[], priority: Priority): Ticket[] {
  return tickets.filter((ticket) => ticket.priority === priority).sort(byOrder);
}

/** Whom a time was told, in the order of these times, whether they are back or not; a while after it, only who is. */
export function promised(tickets: readonly Ticket[], now: number): Ticket[] {
  return tickets
    .filter((ticket) => isPromised(ticket, now))
    .sort((a, b) => a.promisedAt - b.promisedAt || byOrder(a, b));
}

export function isPromised(ticket: Ticket, now: number): boolean {
  return ticket.promisedAt > 0 && (ticket.priority === 'waiting' || isHeld(ticket, now));
}

function isHeld({ promisedAt }: Ticket, now: number): boolean {
  return promisedAt + holdMs > now;
}

/** Numbers can be equal between consumers; then who came first. */
function byOrder(a: Ticket, b: Ticket): number {
  return a.order - b.order || a.since - b.since || (a.id < b.id ? -1 : 1);
}
