import type { Account } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import { recordOutcome, type CallOutcome } from './call-outcome.js';

/** A call that has ended and is not recorded in the account yet. */
export interface EndedCall {
  slot: string;
  outcome: CallOutcome;
  answer: (mayRetry: boolean) => void;
}

/**
 * The calls of one API that this instance has running, by their slots, and the ended calls that wait to be recorded.
 * ApiBudget writes them into the account in every round. Waiting loads are in pending-loads.ts.
 */
export class RunningCalls {
  readonly #slots = new Set<string>();
  readonly #ended: EndedCall[] = [];

  constructor(private readonly instance: string) {}

  get size(): number {
    return this.#slots.size;
  }

  start(slot: string): void {
    this.#slots.add(slot);
  }

  /** @returns whether the call may be repeated, as soon as a round has recorded the outcome. */
  end(slot: string, outcome: CallOutcome): Promise<boolean> {
    return new Promise((answer) => {
      this.#ended.push({ slot, outcome, answer });
    });
  }

  /** The ended calls that no round has recorded yet, oldest first. */
  get ended(): readonly EndedCall[] {
    return [...this.#ended];
  }

  /**
   * Removes running slots of this instance that this instance does not know. Redis made the change that granted such
   * a slot, but the reply was lost, so no call was sent.
   */
  removeUnknownSlots(account: Account): void {
    account.slots = account.slots.filter(
      ({ instance, endedAt, id }) => instance !== this.instance || endedAt !== null || this.#slots.has(id),
    );
  }

  /** @returns for each ended call whether it may be repeated. */
  record(account: Account, ended: readonly EndedCall[], conditions: BudgetConditions): boolean[] {
    return ended.map(({ slot, outcome }) => recordOutcome(account, slot, outcome, conditions, this.instance));
  }

  /**
   * Tells the callers of `end` what `record` found, once the change of the account is made.
   * @param ended the oldest of the ended calls, as `ended` gave them.
   */
  settle(ended: readonly EndedCall[], mayRetry: readonly boolean[]): void {
    this.#ended.splice(0, ended.length);
    ended.forEach(({ slot, answer }, index) => {
      this.#slots.delete(slot);
      answer(mayRetry[index] ?? false);
    });
  }

  /**
   * Answers all callers of `end` after a round that failed: no call may be repeated. The next round records the calls.
   */
  answerAll(): void {
    for (const { answer } of this.#ended) answer(false);
  }
}
