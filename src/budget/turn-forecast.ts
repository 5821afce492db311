import type { Account, Limit, Ticket } from './account.js';
import { breakerState } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { backgroundAt, earliestTurn } from './earliest-turn.js';
import { PromisedTurns } from './promised-turns.js';
import {
  inOrder,
  isPromised,
  leaveBehind,
  leftBehindMs,
  mostLeftBehind,
  turnAway,
  usefulFrom,
} from './queue.js';
import { QueueRoom } from './queue-room.js';
import { freeTimes, slowest } from './slots.js';
import type { Verdict } from './verdict.js';

/**
 * Estimates when each of one instance's waiting calls gets its turn. Refuses calls whose turn comes too late, and calls
 * for which the account has no room. turns.ts makes one forecast per round, so that a round sorts the turns, the
 * promises and the waiting tickets only once. The forecast grants nothing.
 */
export class TurnForecast {
  readonly #pace: Limit;
  readonly #turnAt: (index: number) => number;
  readonly #promises: PromisedTurns;
  readonly #room: QueueRoom;
  /** Number of tickets left behind, by consumer. */
  readonly #leftBehind = new Map<string, number>();
  /** The tickets that leave the queue. */
  readonly #removed = new Set<string>();
  /** The index of the last turn that the forecast estimates. The forecast promises no later turn. */
  readonly #lastTurn: number;
  /** The time from a call's turn to its answer that the forecast allows for. */
  readonly #answerMs: number;
  readonly #isOpen: boolean;

  constructor(
    private readonly account: Account,
    limits: readonly Limit[],
    private readonly conditions: BudgetConditions,
    private readonly underWay: ReadonlySet<string>,
    private readonly instance: string,
  ) {
    const { now, configuredLimit } = conditions;
    const { tickets } = account;
    this.#pace = slowest(limits);
    this.#turnAt = freeTimes(account, limits, now, earliestTurn(account, conditions));
    this.#promises = new PromisedTurns(tickets, this.#pace, now);
    this.#room = new QueueRoom(
      configuredLimit,
      tickets.filter((ticket) => !this.#mayBeRefused(ticket)),
      now,
    );
    for (const { consumer, priority } of tickets)
      if (priority === 'left-behind')
        this.#leftBehind.set(consumer, (this.#leftBehind.get(consumer) ?? 0) + 1);
    this.#lastTurn = 2 * tickets.length + 2 * this.#pace.limit - 1;
    // The forecast allows twice the average, because half of the calls take longer and the turns are estimates.
    this.#answerMs = 2 * account.callMs;
    this.#isOpen = breakerState(account, instance, now) === 'open';
  }

  /** The verdicts on the instance's tickets. A waiting ticket is refused when its callers cannot wait for its turn. */
  verdicts(): Verdict[] {
    const { now } = this.conditions;
    const { tickets } = this.account;
    const verdicts: Verdict[] = [];
    // The tickets come in the order of their turns. A ticket that is not refused takes one turn before the next
    // ticket.
    let inFront = 0;
    for (const ticket of inOrder(tickets, 'waiting')) {
      const isKept = isPromised(ticket, now);
      const expectedAt = isKept
        ? this.#turn(this.#promises.indexOf(ticket.promisedAt))
        : this.#turnAfter(inFront);
      const verdict = ticket.instance === this.instance && this.#waitingVerdict(ticket, expectedAt, inFront);
      if (verdict) verdicts.push(verdict);
      if (!isKept && !(verdict && 'refusedUntil' in verdict)) inFront += 1;
    }
    const judged = new Set(verdicts.map(({ ticket }) => ticket));
    for (const ticket of tickets)
      if (ticket.instance === this.instance && ticket.priority !== 'waiting' && !judged.has(ticket.id))
        verdicts.push(this.#patientVerdict(ticket));
    this.account.tickets = tickets.filter(({ id }) => !this.#removed.has(id));
    return verdicts;
  }

  /** A waiting ticket of this instance. A returning consumer's promised place is kept in any case. */
  #mayBeRefused(ticket: Ticket): boolean {
    const isMine = ticket.instance === this.instance;
    return isMine && ticket.priority === 'waiting' && !isPromised(ticket, this.conditions.now);
  }

  #waitingVerdict(ticket: Ticket, expectedAt: number, inFront: number): Verdict {
    const { id, key } = ticket;
    const { breaker, callMs } = this.account;
    const hasRoom = !this.#mayBeRefused(ticket) || this.#room.takeWaiting(inFront);
    // A call for the same key is under way. The result of that call serves this ticket too, with or without a place.
    if (this.underWay.has(key)) {
      if (!hasRoom) this.#removed.add(id);
      return { ticket: id, expectedAt: this.conditions.now + callMs, answerMs: 0 };
    }
    if (this.#isOpen) {
      this.#removed.add(id);
      const refusedUntil = breaker.openUntil;
      return { ticket: id, refusedUntil, answerMs: this.#answerMs, because: 'breaker', place: 'none' };
    }
    if (hasRoom && expectedAt + this.#answerMs <= ticket.until)
      return { ticket: id, expectedAt, answerMs: this.#answerMs };
    return { ticket: id, answerMs: this.#answerMs, because: 'budget', ...this.#refusal(ticket, expectedAt) };
  }

  /** Keeps the work of a refused ticket if it can. */
  #refusal(ticket: Ticket, expectedAt: number): { refusedUntil: number; place: 'none' | 'new' | 'kept' } {
    const { consumer, promisedAt } = ticket;
    const { now } = this.conditions;
    // Another caller of the same load has a promised time. The refusal of this caller does not change that time.
    if (promisedAt > now) {
      leaveBehind(ticket, promisedAt, now);
      return { refusedUntil: promisedAt, place: 'kept' };
    }
    const placeAt = this.#promises.freeTime(consumer, expectedAt, this.#turnAt, this.#lastTurn);
    const leftBehind = this.#leftBehind.get(consumer) ?? 0;
    if (leftBehind >= mostLeftBehind || placeAt > now + leftBehindMs || !this.#room.takePromised()) {
      this.#removed.add(ticket.id);
      return {
        refusedUntil: turnAway(this.account, consumer, expectedAt, this.#pace, now),
        place: 'none',
      };
    }
    leaveBehind(ticket, placeAt, now);
    this.#leftBehind.set(consumer, leftBehind + 1);
    this.#promises.add(consumer, placeAt);
    return { refusedUntil: placeAt, place: 'new' };
  }

  /**
   * The verdict on a ticket that no consumer waits for. The ticket's call is made when no other ticket needs the
   * turn.
   */
  #patientVerdict(ticket: Ticket): Verdict {
    const { id, key, priority } = ticket;
    const { callMs, breaker } = this.account;
    if (this.underWay.has(key)) return { ticket: id, expectedAt: this.conditions.now + callMs, answerMs: 0 };
    const next = this.#turn(0);
    const from = priority === 'left-behind' ? usefulFrom(ticket) : backgroundAt(this.account, this.#pace);
    const paced = Math.max(next, from);
    const expectedAt = this.#isOpen ? Math.max(paced, breaker.openUntil) : paced;
    return { ticket: id, expectedAt, answerMs: this.#answerMs };
  }

  /**
   * The expected turn of a waiting ticket. Each promised turn that comes first delays the ticket by one turn, and the
   * delay can bring further promised turns in front of the ticket. So the search starts at the earliest possible turn
   * and moves on until no further promised turn comes first. Each step passes at least one promise.
   */
  #turnAfter(inFront: number): number {
    let at = this.#turn(inFront);
    for (let step = 0; step <= this.#promises.count; step += 1) {
      const next = this.#turn(inFront + this.#promises.countUpTo(at));
      if (next <= at) break;
      at = next;
    }
    return at;
  }

  #turn(index: number): number {
    return this.#turnAt(Math.min(index, this.#lastTurn));
  }
}
