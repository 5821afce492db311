import type { Account, Limit, Ticket } from './account.js';
import { breakerState } from './breaker.js';
import {
  inOrder,
  isPromised,
  leave,
  leaveBehind,
  leftBehindMs,
  mostLeftBehind,
  promised,
  turnAway,
} from './queue.js';
import type { BudgetConditions } from './budget-conditions.js';
import { backgroundAt, earliestTurn } from './earliest-turn.js';
import { freeTimes, slowest } from './slots.js';
import type { Verdict } from './verdict.js';

/**
 * When whose turn is expected. Made once per look at the account: turns, promises and the line of those who wait are
 * sorted once, however many tickets there are.
 */
export class TurnForecast {
  readonly #pace: Limit;
  readonly #turnAt: (index: number) => number;
  /** Expected turns beyond this one are as good as never. */
  readonly #lastTurn: number;
  readonly #promisedTo = new Map<string, number[]>();
  readonly #promises: number[];
  readonly #leftBehind = new Map<string, number>();
  /** Where to look on for a place for a consumer. */
  readonly #lookedUpTo = new Map<string, number>();
  readonly #answerMs: number;

  constructor(
    private readonly account: Account,
    limits: readonly Limit[],
    private readonly conditions: BudgetConditions,
    private readonly underWay: ReadonlySet<string>,
  ) {
    const { now } = conditions;
    this.#pace = slowest(limits);
    this.#lastTurn = 2 * account.tickets.length + 2 * this.#pace.limit - 1;
    this.#turnAt = freeTimes(account, limits, now, earliestTurn(account, conditions));
    const held = promised(account.tickets, now);
    this.#promises = held.map(({ promisedAt }) => promisedAt);
    for (const { consumer, promisedAt } of held) this.#of(consumer).push(promisedAt);
    for (const { consumer, priority } of account.tickets)
      if (priority === 'left-behind')
        this.#leftBehind.set(consumer, (this.#leftBehind.get(consumer) ?? 0) + 1);
    // Turns are estimates, and half the calls take longer than usual.
    this.#answerMs = 2 * account.callMs;
  }

  /** What to tell each of an instance's tickets; a waiting one whose callers cannot wait that long is refused. */
  verdicts(instance: string): Verdict[] {
    const { now } = this.conditions;
    const { tickets } = this.account;
    const isOpen = breakerState(this.account, instance, now) === 'open';
    const verdicts: Verdict[] = [];
    // In the order of those who wait: each one that stays is in front of the next.
    let inFront = 0;
    for (const ticket of inOrder(tickets, 'waiting')) {
      const isMine = ticket.instance === instance;
      const isKept = isPromised(ticket, now);
      const expectedAt = isKept
        ? this.#turn(this.#promises.indexOf(ticket.promisedAt))
        : this.#turnAfter(inFront);
      const verdict = isMine ? this.#waiting(ticket, expectedAt, isOpen) : undefined;
      if (verdict) verdicts.push(verdict);
      if (!isKept && !(verdict && 'refusedUntil' in verdict)) inFront += 1;
    }
    const told = new Set(verdicts.map(({ ticket }) => ticket));
    for (const ticket of tickets)
      if (ticket.instance === instance && ticket.priority !== 'waiting' && !told.has(ticket.id))
        verdicts.push(this.#patient(ticket, isOpen));
    return verdicts;
  }

  #waiting(ticket: Ticket, expectedAt: number, isOpen: boolean): Verdict {
    const { id, key, consumer } = ticket;
    const { now } = this.conditions;
    // Its result will be told: no call of its own is needed.
    if (this.underWay.has(key)) return { ticket: id, expectedAt: now + this.account.callMs, answerMs: 0 };
    if (isOpen) {
      leave(this.account, id);
      return {
        ticket: id,
        refusedUntil: this.account.breaker.openUntil,
        because: 'breaker',
        leftBehind: false,
      };
    }
    if (expectedAt + this.#answerMs <= ticket.until)
      return { ticket: id, expectedAt, answerMs: this.#answerMs };
    const refused = { ticket: id, because: 'budget' as const };
    // Whoever is impatient does not move the promise that someone else was given for it.
    if (ticket.promisedAt > now) {
      leaveBehind(ticket, ticket.promisedAt, now);
      return { ...refused, refusedUntil: ticket.promisedAt, leftBehind: true };
    }
    const placeAt = this.#freePlace(consumer, expectedAt);
    const others = this.#leftBehind.get(consumer) ?? 0;
    if (others >= mostLeftBehind || placeAt > now + leftBehindMs) {
      leave(this.account, id);
      const refusedUntil = turnAway(this.account, consumer, expectedAt, this.#pace, now);
      return { ...refused, refusedUntil, leftBehind: false };
    }
    leaveBehind(ticket, placeAt, now);
    this.#leftBehind.set(consumer, others + 1);
    insert(this.#promises, placeAt);
    insert(this.#of(consumer), placeAt);
    return { ...refused, refusedUntil: placeAt, leftBehind: true };
  }

  /** Nobody waits for it: it goes when nobody else needs the turn. */
  #patient({ id, key, priority }: Ticket, isOpen: boolean): Verdict {
    const { now } = this.conditions;
    const next = this.#turn(0);
    const { callMs, breaker } = this.account;
    if (this.underWay.has(key)) return { ticket: id, expectedAt: now + callMs, answerMs: 0 };
    const paced = priority === 'left-behind' ? next : Math.max(next, backgroundAt(this.account, this.#pace));
    const expectedAt = isOpen ? Math.max(paced, breaker.openUntil) : paced;
    return { ticket: id, expectedAt, answerMs: this.#answerMs };
  }

  /** A later turn has more promised places in front of it, so it is approached from below. */
  #turnAfter(inFront: number): number {
    let at = this.#turn(inFront);
    for (;;) {
      const next = this.#turn(inFront + upTo(this.#promises, at));
      if (next <= at) return at;
      at = next;
    }
  }

  /**
   * The first turn from `from` on that can be promised. Of the turns of a window one stays free for whoever comes and
   * can wait, and one consumer is promised no more than half of them: promises must not become the queue.
   */
  #freePlace(consumer: string, from: number): number {
    const { limit, windowMs } = this.#pace;
    const own = this.#of(consumer);
    const near = (times: readonly number[], at: number) =>
      upTo(times, at + windowMs / 2) - upTo(times, at - windowMs / 2 - 1);
    let index = this.#lookedUpTo.get(consumer) ?? 0;
    for (; index <= this.#lastTurn; index += 1) {
      const at = this.#turn(index);
      if (
        at >= from &&
        near(this.#promises, at) < Math.max(1, limit - 1) &&
        near(own, at) < Math.max(1, Math.floor(limit / 2))
      ) {
        this.#lookedUpTo.set(consumer, index);
        return at;
      }
    }
    return Infinity;
  }

  #turn(index: number): number {
    return this.#turnAt(Math.min(index, this.#lastTurn));
  }

  #of(consumer: string): number[] {
    let times = this.#promisedTo.get(consumer);
    if (!times) this.#promisedTo.set(consumer, (times = []));
    return times;
  }
}

/** How many of the ascending times are not after `at`. */
function upTo(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(times: number[], at: number): void {
  times.splice(upTo(times, at), 0, at);
}
