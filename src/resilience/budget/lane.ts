import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { priorities, type Account, type Priority } from './account.js';
import type { Change, Ledger, Situation, Transacted } from './ledger.js';
import type { Load } from './load.js';
import { record, type Outcome } from './outcome.js';
import { enqueue, leave, leftBehindMs } from './queue.js';
import { BudgetRefused, Unwanted } from './refusals.js';
import { settle, type Verdict } from './rules.js';
import { snapshotOf, type BudgetSnapshot } from './snapshot.js';

/** Leave to make one call. */
export interface Grant {
  /**
   * Must be called exactly once, when the call has ended.
   * @returns whether the call may be repeated.
   */
  finish(outcome: Outcome): Promise<boolean>;
}

interface Pending {
  id: string;
  load: Load;
  /** Its callers were refused; it waits on its own account. */
  isLeftBehind: boolean;
  /** The account has had it: when it is gone there, someone else has taken it over. */
  enqueuedIn: string | null;
  grant: (grant: Grant) => void;
  fail: (error: Error) => void;
}

interface Finished {
  slot: string;
  outcome: Outcome;
  answer: (mayRetry: boolean) => void;
}

/** Between two looks at the account while something waits; its turn is usually known better. */
const longestPauseMs = 1_000;
/** When it is another instance's turn and it has not come yet. */
const shortestPauseMs = 25;

/**
 * This instance's business with one API's account. What waits here and what was called from here is kept here and
 * put into the account with every change, so an account that was lost is whole again after one round.
 */
export class Lane {
  readonly #pending = new Map<string, Pending>();
  #finished: Finished[] = [];
  /** Slots whose calls have not ended, or whose end the account may not know yet. */
  readonly #underWay = new Set<string>();
  #epoch: string | null = null;
  #isRunning = false;
  #roundsWanted = 0;
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(
    private readonly api: string,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly longestCallMs: number,
  ) {}

  acquire(load: Load): Promise<Grant> {
    return new Promise((grant, fail) => {
      if (this.#isClosed) {
        fail(this.#closed);
        return;
      }
      const id = randomUUID();
      this.#pending.set(id, { id, load, isLeftBehind: false, enqueuedIn: null, grant, fail });
      load.onChange(() => {
        if (this.#pending.has(id)) this.#run();
      });
      this.#run();
    });
  }

  async snapshot(): Promise<BudgetSnapshot> {
    const { result } = await this.#transact((account, situation) =>
      snapshotOf(this.api, this.instance, account, situation),
    );
    return result;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const pending of this.#pending.values()) pending.fail(this.#closed);
    this.#pending.clear();
  }

  /** Unlike what nobody wants, this is not asked for once more. */
  get #closed(): BudgetRefused {
    return new BudgetRefused('budget', this.clock.now() + longestPauseMs);
  }

  /** One round at a time; whatever comes up during it makes another one. */
  #run(): void {
    this.#roundsWanted += 1;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#cancelTimer?.();
    void this.#rounds();
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
    if (this.#pending.size > 0 && !this.#isClosed)
      this.#cancelTimer = this.clock.after(pauseMs, () => this.#run());
  }

  /** @returns how long to pause before the next look. */
  async #round(): Promise<number> {
    const finished = this.#finished;
    this.#finished = [];
    const { result, now } = await this.#transact((account, situation) => {
      const mayRetry = finished.map(({ slot, outcome }) => this.#record(account, slot, outcome, situation));
      this.#disown(account, situation.now);
      const gone = this.#reconcile(account, situation.now);
      const verdicts = this.#settle(account, situation);
      return { mayRetry, gone, verdicts };
    });
    finished.forEach(({ slot, answer }, index) => {
      this.#underWay.delete(slot);
      answer(result.mayRetry[index] ?? false);
    });
    for (const id of result.gone) this.#give(id)?.fail(new Unwanted());
    for (const verdict of result.verdicts) this.#apply(verdict, now);
    const expected = result.verdicts.flatMap((verdict) =>
      'expectedAt' in verdict ? [verdict.expectedAt - now] : [],
    );
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, ...[Math.min(longestPauseMs, ...expected)]));
  }

  /**
   * Redis can take a grant and lose the reply, or have it from a time that a failover forgot: no call of ours goes with
   * such a slot. It counts all the same, but nobody must wait for its result.
   */
  #disown(account: Account, now: number): void {
    for (const slot of account.slots)
      if (slot.instance === this.instance && slot.from > now && !this.#underWay.has(slot.id)) slot.key = '';
  }

  #record(
    account: Account,
    slot: string,
    outcome: Outcome,
    { now, limit, liveInstances }: Situation,
  ): boolean {
    return record(account, slot, outcome, { now, configured: limit, instance: this.instance, liveInstances });
  }

  /** Makes the account's tickets what this instance has waiting. @returns those that someone else took over. */
  #reconcile(account: Account, now: number): string[] {
    const gone: string[] = [];
    for (const { id, load, isLeftBehind, enqueuedIn } of this.#pending.values()) {
      const isThere = account.tickets.some((ticket) => ticket.id === id);
      const isTakenOver = !isThere && enqueuedIn === account.epoch && load.callers.size === 0;
      if (load.isUnwanted || isTakenOver) {
        leave(account, id);
        gone.push(id);
        continue;
      }
      const waits = load.callers.size > 0;
      if (!waits && isThere) continue;
      const { consumer, priority, waitMs } = demandOf(load);
      enqueue(account, { id, key: load.key, instance: this.instance, consumer, priority, waitMs }, now);
      if (!waits && isLeftBehind) {
        const ticket = account.tickets.find((each) => each.id === id);
        if (ticket) Object.assign(ticket, { priority: 'left-behind', until: now + leftBehindMs });
      }
    }
    return gone;
  }

  #settle(account: Account, { now, limit, reserved, isLive, totalRoom }: Situation): Verdict[] {
    return settle(
      account,
      { now, configured: limit, reserved, isLive, totalRoom },
      { instance: this.instance, newSlotId: randomUUID, longestCallMs: this.longestCallMs },
    );
  }

  #apply(verdict: Verdict, now: number): void {
    const pending = this.#pending.get(verdict.ticket);
    if (!pending) return;
    pending.enqueuedIn = this.#epoch;
    if ('granted' in verdict) {
      this.#underWay.add(verdict.granted);
      this.#give(pending.id)?.grant({ finish: (outcome) => this.#finish(verdict.granted, outcome) });
    } else if ('refusedUntil' in verdict) {
      const retryAt = this.clock.now() + (verdict.refusedUntil - now);
      this.#refuse(pending, new BudgetRefused(verdict.because, retryAt), () => true);
      pending.isLeftBehind = verdict.leftBehind;
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

  #finish(slot: string, outcome: Outcome): Promise<boolean> {
    return new Promise((answer) => {
      this.#finished.push({ slot, outcome, answer });
      this.#run();
    });
  }

  async #transact<T>(change: Change<T>): Promise<Transacted<T>> {
    const done = await this.ledger.transact(this.api, change);
    this.#epoch = done.epoch;
    return done;
  }
}

function demandOf({ callers }: Load): { consumer: string; priority: Priority; waitMs: number } {
  const all = [...callers];
  const priority = priorities.find((word) => all.some((caller) => caller.priority === word)) ?? 'waiting';
  const first = all.find((caller) => caller.priority === priority);
  const waitMs = Math.max(0, ...all.map((caller) => caller.remainingMs()));
  return { consumer: first?.consumer ?? '', priority, waitMs };
}
