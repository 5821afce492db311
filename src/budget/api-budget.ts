import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import { priorities, type Account, type Limit, type Priority, type Ticket } from './account.js';
import { breakerState } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import type { Load } from './load.js';
import { recordOutcome, type CallOutcome } from './call-outcome.js';
import { leave, TicketIndex } from './queue.js';
import { BudgetRefused, Unwanted } from './budget-errors.js';
import { grantTurns } from './turns.js';
import { keysUnderWay } from './slots.js';
import { snapshotOf, type BudgetSnapshot } from './snapshot.js';
import type { Verdict } from './verdict.js';

/** Leave to make one call. */
export interface Grant {
  /**
   * Asked right before the call is sent: whether it still may be. Much can have happened since the grant: this process
   * stood still, HSS said 429 to another call.
   */
  mayStill(): Promise<boolean>;
  /**
   * Must be called exactly once, when the call has ended.
   * @returns whether the call may be repeated.
   */
  finish(outcome: CallOutcome): Promise<boolean>;
}

interface Pending {
  id: string;
  load: Load;
  /** As the account had it last: for when it is lost there. */
  ticket: Ticket | null;
  grant: (grant: Grant) => void;
  fail: (error: Error) => void;
}

interface Finished {
  slot: string;
  outcome: CallOutcome;
  answer: (mayRetry: boolean) => void;
}

export interface ApiBudgetOptions {
  instance: string;
  /** What a call may take from its grant to its end. */
  longestCallMs: number;
  /** Of that, from its grant to its sending. */
  longestPreparationMs: number;
  /** HSS named a limit below ours. */
  onLearned(limit: Limit): void;
}

/** Between two looks at the account while something waits; its turn is usually known better. */
const longestPauseMs = 1_000;
/** When it is another instance's turn and it has not come yet. */
const shortestPauseMs = 25;
/** A grant that is older than this is held against the account once more. */
const freshGrantMs = 250;
/** The two clocks of this process went apart by more: it was suspended, or its time was set. */
const clocksApartMs = 1_000;

/**
 * This instance's business with one API's account. What waits here and what was called from here is kept here and
 * put into the account with every change, so an account that was lost is whole again after one round.
 */
export class ApiBudget {
  readonly #pending = new Map<string, Pending>();
  /** Slots whose calls have not ended. */
  readonly #active = new Set<string>();
  #finished: Finished[] = [];
  #isRunning = false;
  #roundsWanted = 0;
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;
  /** On our monotonic clock: until then nothing may be sent, as far as this instance knows. */
  #shutUntil = 0;
  #learned = '';
  /** The fleet's account held tickets or slots of this instance when it was reached last, and has not been since. */
  #hasLeftOvers = false;
  #wasInFleet = false;

  constructor(
    private readonly api: string,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly options: ApiBudgetOptions,
  ) {}

  acquire(load: Load): Promise<Grant> {
    return new Promise((grant, fail) => {
      if (this.#isClosed) {
        fail(this.#closed());
        return;
      }
      const id = randomUUID();
      this.#pending.set(id, { id, load, ticket: null, grant, fail });
      load.onChange(() => {
        if (this.#pending.has(id)) this.#run();
      });
      this.#run();
    });
  }

  async snapshot(): Promise<BudgetSnapshot> {
    const { result } = await this.ledger.transact(this.api, (account, conditions) =>
      snapshotOf(this.api, this.options.instance, account, conditions),
    );
    return result;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const pending of this.#pending.values()) pending.fail(this.#closed());
    this.#pending.clear();
  }

  /** Whoever was waiting may ask another instance. */
  #closed(): BudgetRefused {
    return new BudgetRefused('budget', this.clock.now() + longestPauseMs);
  }

  /** One round at a time; whatever comes up during it makes another one. */
  #run(): void {
    this.#roundsWanted += 1;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#cancelTimer?.();
    void this.#rounds().catch((error: unknown) => this.#fail(error as Error));
  }

  async #rounds(): Promise<void> {
    let pauseMs: number;
    let wanted: number;
    do {
      wanted = this.#roundsWanted;
      pauseMs = await this.#round();
    } while (wanted !== this.#roundsWanted);
    // In one step with the last look at what is wanted: whoever comes from here on starts anew.
    this.#isRunning = false;
    if ((this.#pending.size > 0 || this.#hasLeftOvers) && !this.#isClosed)
      this.#cancelTimer = this.clock.after(pauseMs, () => this.#run());
  }

  /** A fault of ours must not leave anybody waiting for ever. */
  #fail(error: Error): void {
    this.#isRunning = false;
    for (const { answer } of this.#finished.splice(0)) answer(false);
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#pending.clear();
  }

  /** @returns how long to pause before the next look. */
  async #round(): Promise<number> {
    const finished = this.#finished;
    this.#finished = [];
    const since = { monotonic: this.clock.monotonic(), wall: this.clock.now() };
    const { result, now } = await this.#transact((account, conditions) => {
      this.#forgetUnknown(account);
      const mayRetry = finished.map(({ slot, outcome }) => this.#record(account, slot, outcome, conditions));
      const gone = this.#reconcile(account, conditions);
      const verdicts = this.#grantTurns(account, conditions);
      const { instance } = this.options;
      const tickets = account.tickets.filter((each) => each.instance === instance);
      return { mayRetry, gone, verdicts, tickets, isShared: conditions.isShared };
    });
    this.#hasLeftOvers = !result.isShared && (this.#hasLeftOvers || this.#wasInFleet);
    if (result.isShared) this.#wasInFleet = result.tickets.length > 0 || this.#active.size > 0;
    finished.forEach(({ slot, answer }, index) => {
      this.#active.delete(slot);
      answer(result.mayRetry[index] ?? false);
    });
    for (const ticket of result.tickets) {
      const pending = this.#pending.get(ticket.id);
      if (pending) pending.ticket = { ...ticket };
    }
    for (const id of result.gone) this.#give(id)?.fail(new Unwanted());
    for (const verdict of result.verdicts) this.#apply(verdict, now, since);
    const expected = result.verdicts.flatMap((verdict) =>
      'expectedAt' in verdict ? [verdict.expectedAt - now] : [],
    );
    return Math.max(shortestPauseMs, Math.min(longestPauseMs, ...expected));
  }

  /**
   * Slots of a change of which this instance never heard that it was made, and tickets of what it has done meanwhile
   * without the fleet: at the head of the queue they would stand in everybody's way.
   */
  #forgetUnknown(account: Account): void {
    const { instance } = this.options;
    account.tickets = account.tickets.filter(
      (each) => each.instance !== instance || this.#pending.has(each.id),
    );
    account.slots = account.slots.filter(
      (slot) => slot.instance !== instance || slot.endedAt !== null || this.#active.has(slot.id),
    );
  }

  #record(account: Account, slot: string, outcome: CallOutcome, conditions: BudgetConditions): boolean {
    return recordOutcome(account, slot, outcome, conditions, this.options.instance);
  }

  /** Makes the account's tickets what this instance has waiting. @returns those that are done with. */
  #reconcile(account: Account, { now, isLive }: BudgetConditions): string[] {
    const gone: string[] = [];
    const index = new TicketIndex(account);
    const underWay = keysUnderWay(account, isLive, now);
    for (const { id, load, ticket } of this.#pending.values()) {
      const isLost = ticket !== null && !index.byId.has(id);
      const waits = load.callers.size > 0;
      // Somebody else took it over, or its time is over.
      const isDone =
        isLost && !waits && (ticket.until <= now || index.hasKey(load.key) || underWay.has(load.key));
      if (load.isUnwanted || isDone) {
        leave(account, id);
        gone.push(id);
        continue;
      }
      if (isLost) index.add({ ...ticket });
      if (!waits && (ticket !== null || isLost)) continue;
      const { consumers, priority, waitMs } = demandOf(load);
      const { instance } = this.options;
      index.enqueue({ id, key: load.key, instance, consumers, priority, waitMs }, now);
    }
    return gone;
  }

  #grantTurns(account: Account, conditions: BudgetConditions): Verdict[] {
    const { instance, longestCallMs } = this.options;
    const terms = { instance, newSlotId: randomUUID, longestCallMs };
    return grantTurns(account, conditions, terms);
  }

  #apply(verdict: Verdict, now: number, since: { monotonic: number; wall: number }): void {
    const pending = this.#pending.get(verdict.ticket);
    if ('granted' in verdict) this.#active.add(verdict.granted);
    if (!pending) {
      if ('granted' in verdict) void this.#finish(verdict.granted, { kind: 'unused' });
      return;
    }
    if ('granted' in verdict) {
      this.#give(pending.id)?.grant({
        mayStill: () => this.#mayStill(since),
        finish: (outcome) => this.#finish(verdict.granted, outcome),
      });
    } else if ('refusedUntil' in verdict) {
      const retryAt = this.clock.now() + (verdict.refusedUntil - now);
      this.#refuse(pending, new BudgetRefused(verdict.because, retryAt), () => true);
      if (!verdict.leftBehind) this.#give(pending.id)?.fail(new BudgetRefused(verdict.because, retryAt));
    } else {
      const inMs = verdict.expectedAt - now;
      const error = new BudgetRefused('budget', this.clock.now() + inMs);
      this.#refuse(pending, error, (remainingMs) => remainingMs < inMs + verdict.answerMs);
    }
  }

  /** Tells callers that it will be too late for them. Their own deadlines differ, the load's turn is one. */
  #refuse(pending: Pending, error: BudgetRefused, isTooLate: (remainingMs: number) => boolean): void {
    for (const caller of [...pending.load.callers]) if (isTooLate(caller.remainingMs())) caller.refuse(error);
  }

  #give(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  async #mayStill(since: { monotonic: number; wall: number }): Promise<boolean> {
    const age = () => this.clock.monotonic() - since.monotonic;
    // The rounds that others make of it meanwhile are known here only after a look.
    if (age() > freshGrantMs) await this.#transact(() => undefined);
    const wallAge = this.clock.now() - since.wall;
    if (age() > this.options.longestPreparationMs || Math.abs(wallAge - age()) > clocksApartMs) return false;
    return this.#shutUntil <= this.clock.monotonic();
  }

  #finish(slot: string, outcome: CallOutcome): Promise<boolean> {
    if (outcome.kind === 'throttled') this.#shut(outcome.pauseMs);
    return new Promise((answer) => {
      this.#finished.push({ slot, outcome, answer });
      this.#run();
    });
  }

  #shut(forMs: number): void {
    this.#shutUntil = Math.max(this.#shutUntil, this.clock.monotonic() + forMs);
  }

  async #transact<T>(change: Change<T>): Promise<Transacted<T>> {
    return this.ledger.transact(this.api, (account, conditions) => {
      const result = change(account, conditions);
      this.#notice(account, conditions.now);
      return result;
    });
  }

  #notice(account: Account, now: number): void {
    const isOpen = breakerState(account, this.options.instance, now) === 'open';
    this.#shut(Math.max(account.pausedUntil, isOpen ? account.breaker.openUntil : 0) - now);
    const { learned } = account;
    const words = learned && learned.until > now ? `${learned.limit}/${learned.windowMs}` : '';
    if (learned && words !== '' && words !== this.#learned) this.options.onLearned(learned);
    this.#learned = words;
  }
}

function demandOf({ callers }: Load): { consumers: string[]; priority: Priority; waitMs: number } {
  const all = [...callers];
  const priority = priorities.find((word) => all.some((caller) => caller.priority === word)) ?? 'waiting';
  const names = all.filter((caller) => caller.priority === priority).map(({ consumer }) => consumer);
  const consumers = names.length > 0 ? [...new Set(names)] : [''];
  const waitMs = Math.max(0, ...all.map((caller) => caller.remainingMs()));
  return { consumers, priority, waitMs };
}
