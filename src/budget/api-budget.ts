import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import type { Account, Limit } from './account.js';
import { BudgetCounts } from './budget-counts.js';
import { BudgetRefused } from './budget-errors.js';
import type { CallOutcome } from './call-outcome.js';
import { GrantCheck, type Moment } from './grant-check.js';
import type { Grant } from './grant.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import { LeftOvers } from './left-overs.js';
import { refuseCallers, type Load } from './load.js';
import { PendingLoads } from './pending-loads.js';
import { isIdle } from './queue.js';
import { RoundLoop } from './round-loop.js';
import { RunningCalls } from './running-calls.js';
import { snapshotOf, type BudgetSnapshot } from './snapshot.js';
import { grantTurns } from './turns.js';
import type { Verdict } from './verdict.js';

export interface ApiBudgetOptions {
  instance: string;
  /** The longest time from the grant to the end of a call. */
  longestCallMs: number;
  /** The longest part of this time from the grant to the sending. */
  longestPreparationMs: number;
  /** The wall time of this host in ms, if the clock follows another host's time. */
  hostTime?: () => number;
  /** Runs when HSS named a limit below ours. */
  onLearned(limit: Limit): void;
}

/** The longest pause between two rounds while a load waits. Usually the next turn is expected earlier. */
const longestPauseMs = 1_000;
/**
 * The longest such pause while no consumer waits on any instance: the turn of a load of low priority may be noticed
 * later.
 */
const longestIdlePauseMs = 3_000;
/** The pause when another instance could take its turn and has not taken it yet. */
const shortestPauseMs = 25;

/**
 * One API's call budget on this instance. The budget keeps its own waiting and running calls in memory and writes
 * them into the shared account with every change. If Redis loses the account, one round of all instances restores it.
 *
 * A round is one change of the account: record the ended calls, write the tickets, let the rules decide. CallBudget
 * is the only user. The rules themselves are in turns.ts and turn-forecast.ts.
 */
export class ApiBudget {
  readonly counts = new BudgetCounts();
  readonly #pending: PendingLoads;
  readonly #running: RunningCalls;
  readonly #grantCheck: GrantCheck;
  readonly #leftOvers = new LeftOvers();
  readonly #loop: RoundLoop;
  #isClosed = false;
  /** The lower limit reported last, so that `onLearned` runs once per limit. */
  #reportedLimit = '';

  constructor(
    private readonly api: string,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly options: ApiBudgetOptions,
  ) {
    const { instance, longestPreparationMs } = options;
    this.#pending = new PendingLoads(instance, () => this.#noPlace());
    this.#running = new RunningCalls(instance);
    this.#grantCheck = new GrantCheck(clock, instance, longestPreparationMs, options.hostTime);
    this.#loop = new RoundLoop(clock, {
      round: () => this.#round(),
      needsNext: () => this.#pending.size > 0 || this.#leftOvers.mayExist,
      onError: (error) => this.#failAll(error),
    });
  }

  acquire(load: Load): Promise<Grant> {
    return new Promise((grant, fail) => {
      if (this.#isClosed) {
        fail(this.#noPlace());
        return;
      }
      const id = this.#pending.add(load, grant, fail);
      const place = () => {
        if (this.#pending.place(id)) this.#loop.request();
      };
      load.onChange(place);
      place();
    });
  }

  async snapshot(): Promise<BudgetSnapshot> {
    const { result } = await this.ledger.transact(this.api, (account, conditions) =>
      snapshotOf(this.api, this.options.instance, account, conditions, this.#pending.atHome),
    );
    return result;
  }

  /** Ends the waiting. Resolves when the ends of calls that are known by now are recorded. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#loop.stop();
    this.#pending.failAll(this.#noPlace());
    return this.#loop.settled();
  }

  /** For loads that this instance does not queue. The caller may ask another instance. */
  #noPlace(): BudgetRefused {
    return this.#refusal('budget', longestPauseMs);
  }

  #refusal(because: 'budget' | 'breaker', inMs: number): BudgetRefused {
    return new BudgetRefused(because, this.clock.now() + inMs);
  }

  /**
   * @param inMs the time to the turn.
   * @param answerMs the time from the turn to the answer; 0 when the work is not kept. A caller that waits for less is told a later time than the
   *   turn, so that the answer is there within the time for which the caller waits when it comes back.
   */
  #refuse(load: Load, because: 'budget' | 'breaker', inMs: number, answerMs: number, forMs = Infinity): void {
    this.counts.refused[because] += refuseCallers(
      load,
      ({ patienceMs }) => this.#refusal(because, inMs + Math.max(0, answerMs - patienceMs)),
      forMs,
    );
  }

  /** An error of our own must not leave a caller waiting for ever. */
  #failAll(error: Error): void {
    this.#running.answerAll();
    this.#pending.failAll(error);
  }

  /** @returns how long to pause before the next round. */
  async #round(): Promise<number> {
    const { instance, longestCallMs } = this.options;
    const { ended } = this.#running;
    const since = this.#grantCheck.moment();
    this.#pending.chooseHeads();
    const { result, now } = await this.#transact((account, conditions) => {
      this.#pending.removeStaleTickets(account);
      this.#running.removeUnknownSlots(account);
      const mayRetry = this.#running.record(account, ended, conditions);
      const moves = this.#pending.writeTickets(account, conditions);
      const verdicts = grantTurns(account, conditions, { instance, newSlotId: randomUUID, longestCallMs });
      const tickets = account.tickets.filter((ticket) => ticket.instance === instance);
      const { isShared } = conditions;
      return { mayRetry, moves, verdicts, tickets, isShared, isIdle: isShared && isIdle(account) };
    });
    this.#leftOvers.note(result.isShared, result.tickets.length > 0 || this.#running.size > 0);
    this.#running.settle(ended, result.mayRetry);
    this.#pending.remember(result.tickets);
    this.#pending.settle(result.moves);
    for (const verdict of result.verdicts) this.#apply(verdict, now, since);
    if (this.#pending.needsHead) return shortestPauseMs;
    const expectedInMs = result.verdicts.flatMap((verdict) =>
      'expectedAt' in verdict ? [verdict.expectedAt - now] : [],
    );
    const longestMs = result.isIdle ? longestIdlePauseMs : longestPauseMs;
    return Math.max(shortestPauseMs, Math.min(longestMs, ...expectedInMs));
  }

  /** @param now the ledger's time of the round. */
  #apply(verdict: Verdict, now: number, since: Moment): void {
    const pending = this.#pending.get(verdict.ticket);
    if ('granted' in verdict) {
      this.counts.grant(pending?.ticket?.promisedAt ?? 0, now);
      this.#grant(verdict.ticket, verdict.granted, since);
    } else if (pending && 'refusedUntil' in verdict) {
      const { because, place } = verdict;
      const inMs = verdict.refusedUntil - now;
      // Work that is not kept begins when a consumer comes back.
      this.#refuse(pending.load, because, inMs, place === 'none' ? 0 : verdict.answerMs);
      if (place === 'new') this.counts.promised += 1;
      if (place === 'none') this.#pending.take(pending.id)?.fail(this.#refusal(because, inMs));
    } else if (pending && 'expectedAt' in verdict) {
      const inMs = verdict.expectedAt - now;
      this.#refuse(pending.load, 'budget', inMs, verdict.answerMs, inMs + verdict.answerMs);
    }
  }

  #grant(ticket: string, slot: string, since: Moment): void {
    this.#running.start(slot);
    const pending = this.#pending.take(ticket);
    if (!pending) {
      void this.#finish(slot, { kind: 'unused' });
      return;
    }
    pending.grant({
      mayStill: () => this.#grantCheck.isValid(since, () => this.#transact(() => undefined)),
      finish: (outcome) => this.#finish(slot, outcome),
    });
  }

  #finish(slot: string, outcome: CallOutcome): Promise<boolean> {
    if ('pauseMs' in outcome) this.#grantCheck.shut(outcome.pauseMs ?? 0);
    const recorded = this.#running.end(slot, outcome);
    this.#loop.request();
    return recorded;
  }

  async #transact<T>(change: Change<T>): Promise<Transacted<T>> {
    return this.ledger.transact(this.api, (account, conditions) => {
      const result = change(account, conditions);
      this.#grantCheck.observe(account, conditions.now);
      this.#reportLearned(account, conditions.now);
      return result;
    });
  }

  #reportLearned({ learned }: Account, now: number): void {
    const limit = learned && learned.until > now ? `${learned.limit}/${learned.windowMs}` : '';
    if (learned && limit !== '' && limit !== this.#reportedLimit) this.options.onLearned(learned);
    this.#reportedLimit = limit;
  }
}
