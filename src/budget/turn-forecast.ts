import type { Account, Limit, Ticket } from './account.js';
import { breakerState } from './breaker.js';
import {
  inOrder,
  isPromised,
  leaveBehind,
  leftBehindMs,
  mostLeftBehind,
  promisedTickets,
  removeTicket,
  turnAway,
} from './queue.js';
import type { BudgetConditions } from './budget-conditions.js';
import { backgroundAt, earliestTurn } from './earliest-turn.js';
import { freeTimes, slowest } from './slots.js';
import type { Verdict } from './verdict.js';

/**
 * Estimates when each waiting call gets its turn, and refuses calls whose turn comes too late. turns.ts makes one
 * forecast per round, so that a round sorts the turns, the promises and the waiting tickets only once. The forecast
 * grants nothing.
 */
export class TurnForecast {
  readonly #pace: Limit;
  readonly #turnAt: (index: number) => number;
  /** The index of the last turn that the forecast estimates. The forecast promises no later turn. */
  readonly #lastTurn: number;
  /** Promised times by consumer, ascending. */
  readonly #promisesTo = new Map<string, number[]>();
  /** All promised times, ascending. */
  readonly #promises: number[];
  /** Number of tickets left behind, by consumer. */
  readonly #leftBehind = new Map<string, number>();
  /** Index of the turn at which the next search for a turn to promise begins, by consumer. */
  readonly #searchedTo = new Map<string, number>();
  /** The time from a call's turn to its answer that the forecast allows for. */
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
    const held = promisedTickets(account.tickets, now);
    this.#promises = held.map(({ promisedAt }) => promisedAt);
    for (const { consumer, promisedAt } of held) this.#promisesOf(consumer).push(promisedAt);
    for (const { consumer, priority } of account.tickets)
      if (priority === 'left-behind')
        this.#leftBehind.set(consumer, (this.#leftBehind.get(consumer) ?? 0) + 1);
    // The forecast allows twice the average, because half of the calls take longer and the turns are estimates.
    this.#answerMs = 2 * account.callMs;
  }

  /**
   * The verdicts on one instance's tickets. A waiting ticket is refused when its callers cannot wait for its turn.
   */
  verdicts(instance: string): Verdict[] {
    const { now } = this.conditions;
    const { tickets } = this.account;
    const isOpen = breakerState(this.account, instance, now) === 'open';
    const verdicts: Verdict[] = [];
    // The tickets come in the order of their turns. A ticket that is not refused takes one turn before the next
    // ticket.
    let inFront = 0;
    for (const ticket of inOrder(tickets, 'waiting')) {
      const isMine = ticket.instance === instance;
      const isKept = isPromised(ticket, now);
      const expectedAt = isKept
        ? this.#turn(this.#promises.indexOf(ticket.promisedAt))
        : this.#turnAfter(inFront);
      const verdict = isMine ? this.#waitingVerdict(ticket, expectedAt, isOpen) : undefined;
      if (verdict) verdicts.push(verdict);
      if (!isKept && !(verdict && 'refusedUntil' in verdict)) inFront += 1;
    }
    const judged = new Set(verdicts.map(({ ticket }) => ticket));
    for (const ticket of tickets)
      if (ticket.instance === instance && ticket.priority !== 'waiting' && !judged.has(ticket.id))
        verdicts.push(this.#patientVerdict(ticket, isOpen));
    return verdicts;
  }

  #waitingVerdict(ticket: Ticket, expectedAt: number, isOpen: boolean): Verdict {
    const { id, key, consumer } = ticket;
    const { now } = this.conditions;
    // A call for the same key is under way. The result of that call serves this ticket too.
    if (this.underWay.has(key)) return { ticket: id, expectedAt: now + this.account.callMs, answerMs: 0 };
    if (isOpen) {
      removeTicket(this.account, id);
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
    // Another caller of the same load has a promised time. The refusal of this caller does not change that time.
    if (ticket.promisedAt > now) {
      leaveBehind(ticket, ticket.promisedAt, now);
      return { ...refused, refusedUntil: ticket.promisedAt, leftBehind: true };
    }
    const placeAt = this.#freePlace(consumer, expectedAt);
    const leftBehind = this.#leftBehind.get(consumer) ?? 0;
    if (leftBehind >= mostLeftBehind || placeAt > now + leftBehindMs) {
      removeTicket(this.account, id);
      const refusedUntil = turnAway(this.account, consumer, expectedAt, this.#pace, now);
      return { ...refused, refusedUntil, leftBehind: false };
    }
    leaveBehind(ticket, placeAt, now);
    this.#leftBehind.set(consumer, leftBehind + 1);
    insert(this.#promises, placeAt);
    insert(this.#promisesOf(consumer), placeAt);
    return { ...refused, refusedUntil: placeAt, leftBehind: true };
  }

  /**
   * The verdict on a ticket that no consumer waits for. The ticket's call is made when no other ticket needs the
   * turn.
   */
  #patientVerdict({ id, key, priority }: Ticket, isOpen: boolean): Verdict {
    const { now } = this.conditions;
    const next = this.#turn(0);
    const { callMs, breaker } = this.account;
    if (this.underWay.has(key)) return { ticket: id, expectedAt: now + callMs, answerMs: 0 };
    const paced = priority === 'left-behind' ? next : Math.max(next, backgroundAt(this.account, this.#pace));
    const expectedAt = isOpen ? Math.max(paced, breaker.openUntil) : paced;
    return { ticket: id, expectedAt, answerMs: this.#answerMs };
  }

  /**
   * The expected turn of a waiting ticket. Each promised turn that comes first delays the ticket by one turn, and the
   * delay can bring further promised turns in front of the ticket. So the search starts at the earliest possible turn
   * and moves on until no further promised turn comes first. Each step passes at least one promise.
   */
  #turnAfter(inFront: number): number {
    let at = this.#turn(inFront);
    for (let step = 0; step <= this.#promises.length; step += 1) {
      const next = this.#turn(inFront + countUpTo(this.#promises, at));
      if (next <= at) break;
      at = next;
    }
    return at;
  }

  /**
   * The first turn from `from` on that can be promised. In each window one turn stays unpromised, for new callers
   * that can wait. In each window one consumer is promised at most half of the turns. Both rules keep promises from
   * taking all turns.
   */
  #freePlace(consumer: string, from: number): number {
    const { limit, windowMs } = this.#pace;
    const own = this.#promisesOf(consumer);
    const near = (times: readonly number[], at: number) =>
      countUpTo(times, at + windowMs / 2) - countUpTo(times, at - windowMs / 2 - 1);
    let index = this.#searchedTo.get(consumer) ?? 0;
    for (; index <= this.#lastTurn; index += 1) {
      const at = this.#turn(index);
      if (
        at >= from &&
        near(this.#promises, at) < Math.max(1, limit - 1) &&
        near(own, at) < Math.max(1, Math.floor(limit / 2))
      ) {
        this.#searchedTo.set(consumer, index);
        return at;
      }
    }
    return Infinity;
  }

  #turn(index: number): number {
    return this.#turnAt(Math.min(index, this.#lastTurn));
  }

  #promisesOf(consumer: string): number[] {
    let times = this.#promisesTo.get(consumer);
    if (!times) this.#promisesTo.set(consumer, (times = []));
    return times;
  }
}

/** The number of ascending times up to and including `at`. */
function countUpTo(times: readonly number[], at: number): number {
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
  times.splice(countUpTo(times, at), 0, at);
}
