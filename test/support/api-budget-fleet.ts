import { ApiBudget } from '../../src/budget/api-budget.js';
import { BudgetRefused, Unwanted } from '../../src/budget/budget-errors.js';
import type { CallOutcome } from '../../src/budget/call-outcome.js';
import { SharedLedger, TestLoad, VirtualClock } from './fleet-simulation.js';

const limit = { limit: 5, windowMs: 60_000 };
const answered: CallOutcome = { kind: 'answered' };

/** The budgets of one API on several instances, on simulated time and without Redis, and all calls granted by them. */
export class ApiBudgetFleet {
  readonly clock = new VirtualClock();
  /** The live instances. A test removes a name to lose an instance. */
  names: string[];
  readonly ledger: SharedLedger;
  readonly budgets: ApiBudget[];
  readonly calls: { at: number; key: string }[] = [];

  constructor(instances = 1, rate = limit) {
    this.names = Array.from({ length: instances }, (_, index) => `i${index}`);
    this.ledger = new SharedLedger(this.clock, rate, () => this.names);
    this.budgets = this.names.map(
      (instance) =>
        new ApiBudget('api', this.ledger, this.clock, {
          instance,
          longestCallMs: 25_000,
          longestPreparationMs: 15_000,
          onLearned: () => undefined,
        }),
    );
  }

  /** A load with one caller. */
  ask(key: string, consumer = 'a', waitMs = 15_000, priority?: 'revalidation' | 'background'): TestLoad {
    return new TestLoad(key).ask(this.clock, consumer, waitMs, priority);
  }

  /** Makes a call as soon as the instance may. @returns how it went, in one word. */
  async call(instance: number, load: TestLoad, outcome = answered, tookMs = 20): Promise<string> {
    try {
      const grant = await this.budgets[instance]!.acquire(load);
      this.calls.push({ at: this.clock.now(), key: load.key });
      this.clock.after(tookMs, () => void grant.finish(outcome));
      return 'called';
    } catch (error) {
      if (error instanceof BudgetRefused) return error.because;
      return error instanceof Unwanted ? 'unwanted' : String(error);
    }
  }

  /** The keys of all calls, in order. */
  get keys(): string[] {
    return this.calls.map(({ key }) => key);
  }

  /** The most calls in any window. */
  busiest(windowMs: number): number {
    const times = this.calls.map(({ at }) => at);
    return mostIn(times, windowMs);
  }
}

/** The most of these times in any window. */
export function mostIn(times: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...times.map((at) => times.filter((other) => other >= at && other < at + windowMs).length),
  );
}
