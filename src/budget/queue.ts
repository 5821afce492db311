/**
 * The queue in front of the slots, as pure rules on the tickets of an account. Start-time fair queueing keeps it
 * fair between consumers: each ticket gets the number after its consumer's last waiting ticket, or after the ticket
 * granted last. So a consumer that asks for a thousand images gets its thousandth turn after every other consumer's
 * first turn.
 */
import { isLow, type Account, type Limit, type Priority, type Ticket } from './account.js';

/** No consumer is told a time that is further away. */
export const leftBehindMs = 10 * 60_000;
/** Work left behind is done until this long after the promised time, or not at all: the consumer has not come back. */
const awaitedMs = 60_000;
/** How long after the promised time a place is held for a consumer that was told to come back. */
const holdMs = 5_000;
/** The queue keeps at most this many left-behind tickets of one consumer. */
export const mostLeftBehind = 50;
/** The end of a wait that moved by less than this share of the wait is the same: two clocks are never quite equal. */
const sameWaitShare = 0.01;
/** The account remembers at most this many times of `turnedAway`, the latest of them. */
const mostTurnedAway = 200;

/** A load that needs a ticket, as PendingLoads describes it. */
export interface TicketRequest {
  id: string;
  key: string;
  instance: string;
  /** All consumers that wait with this priority. The consumer with the best place counts. */
  consumers: readonly string[];
  priority: Priority;
  /** How long the callers wait, in ms from now. */
  waitMs: number;
  servesForMs?: number;
}

/** The tickets of an account by id and key, for many changes in a row. */
export class TicketIndex {
  readonly byId: Map<string, Ticket>;
  readonly #byKey = new Map<string, Ticket>();
  readonly #lastOrder = new Map<string, number>();

  constructor(private readonly account: Account) {
    this.byId = new Map(account.tickets.map((ticket) => [ticket.id, ticket]));
    for (const ticket of account.tickets) this.#note(ticket);
  }

  /**
   * Puts a ticket into the queue, or changes the ticket with this id. A new ticket takes over the place of an older
   * ticket for the same key.
   */
  enqueue(request: TicketRequest, now: number): void {
    const { id, key, instance, consumers, priority, waitMs, servesForMs } = request;
    const until = now + waitMs;
    const serves = servesForMs === undefined ? {} : { servesForMs };
    const own = this.byId.get(id);
    if (own) {
      const joining = consumers.filter((consumer) => consumer !== own.consumer);
      const better = joining.length > 0 ? this.#bestPlace(joining) : own;
      // A ticket that stays as it is costs the fleet no writing.
      const isSame = Math.abs(own.until - until) < waitMs * sameWaitShare;
      Object.assign(own, { priority, ...(!isSame && { until }), ...serves });
      if (better.order < own.order) Object.assign(own, better);
      return;
    }
    const place = this.#bestPlace(consumers);
    const same = this.#byKey.get(key);
    // A refresh takes over nothing: the call of the work left behind comes sooner and serves the refresh, too.
    const takesOver = same?.priority === 'left-behind' && priority === 'waiting';
    if (takesOver) this.account.tickets = this.account.tickets.filter((ticket) => ticket !== same);
    const inherited = same && same.order < place.order ? { order: same.order } : {};
    const promisedAt = takesOver ? same.promisedAt : 0;
    this.add({
      id,
      key,
      instance,
      ...place,
      ...inherited,
      priority,
      since: now,
      until,
      promisedAt,
      ...serves,
    });
  }

  add(ticket: Ticket): void {
    this.account.tickets.push(ticket);
    this.byId.set(ticket.id, ticket);
    this.#note(ticket);
  }

  /** Whether another ticket has the same key, waiting or left behind. */
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

export function removeTicket(account: Account, id: string): void {
  account.tickets = account.tickets.filter((ticket) => ticket.id !== id);
}

/**
 * The consumer was told to come back at `promisedAt`. The work stays in the queue, below waiting tickets. The place
 * is held for a short time after the promise.
 */
export function leaveBehind(ticket: Ticket, promisedAt: number, now: number): void {
  Object.assign(ticket, {
    priority: 'left-behind',
    until: Math.max(now, promisedAt) + awaitedMs,
    promisedAt,
  });
}

/**
 * The time from which a call serves the consumer that was told to come back: the answer is not too old before the place
 * is held no more.
 */
export function usefulFrom({ promisedAt, servesForMs = Infinity }: Ticket): number {
  return promisedAt - Math.max(0, servesForMs - holdMs);
}

/**
 * The time at which a consumer may come back when its work is not kept: at least one interval after the time that
 * this consumer was given before.
 */
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
  const times = Object.entries(account.turnedAway);
  if (times.length > mostTurnedAway) {
    const latest = times.sort(([, a], [, b]) => b - a).slice(0, mostTurnedAway);
    account.turnedAway = Object.fromEntries(latest);
  }
  return at;
}

/**
 * Removes tickets whose time is over. Tickets of a lost instance go as well, except held places: the consumer may
 * come back to another instance.
 */
export function forgetOldTickets(account: Account, isLive: (instance: string) => boolean, now: number): void {
  account.tickets = account.tickets.filter(
    (ticket) => ticket.until > now && (isLive(ticket.instance) || isHeld(ticket, now)),
  );
  account.turnedAway = Object.fromEntries(Object.entries(account.turnedAway).filter(([, at]) => at > now));
}

/** The tickets with this priority in the order of their turns. */
export function inOrder(tickets: readonly Ticket[], priority: Priority): Ticket[] {
  return tickets.filter((ticket) => ticket.priority === priority).sort(byOrder);
}

/**
 * The tickets with a promised time, in the order of these times. A short while after its time, a ticket is listed
 * only when its consumer is back and waits.
 */
export function promisedTickets(tickets: readonly Ticket[], now: number): Ticket[] {
  return tickets
    .filter((ticket) => isPromised(ticket, now))
    .sort((a, b) => a.promisedAt - b.promisedAt || byOrder(a, b));
}

/** Whether loads wait, and no consumer waits for any of them. */
export function isIdle({ tickets }: Account): boolean {
  return tickets.length > 0 && tickets.every(({ priority }) => isLow(priority));
}

export function isPromised(ticket: Ticket, now: number): boolean {
  return ticket.promisedAt > 0 && (ticket.priority === 'waiting' || isHeld(ticket, now));
}

function isHeld({ promisedAt }: Ticket, now: number): boolean {
  return promisedAt + holdMs > now;
}

/** Numbers can be equal between consumers. In this case the older ticket comes first. */
function byOrder(a: Ticket, b: Ticket): number {
  return a.order - b.order || a.since - b.since || (a.id < b.id ? -1 : 1);
}
