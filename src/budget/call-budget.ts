import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import type { Limit } from './account.js';
import { ApiBudget, type ApiBudgetOptions } from './api-budget.js';
import type { BudgetCounts } from './budget-counts.js';
import type { Grant } from './grant.js';
import type { Ledger } from './ledger.js';
import type { Load } from './load.js';
import type { BudgetSnapshot } from './snapshot.js';

/**
 * Decides when this instance may call HSS. The HSS client asks for a turn before each attempt and reports
 * afterwards how the attempt ended. The budget knows neither HTTP nor the meaning of a call. APIs share nothing:
 * each API has its own ApiBudget.
 *
 * Seven words describe how a call passes through the budget:
 * - Load: work that needs one call, with all callers who wait for its result.
 * - Pending: a load that waits on this instance, kept in this instance's memory.
 * - Ticket: the place of a pending load in the queue of the shared account. Loads of low priority get one in turn.
 * - Verdict: the rules' answer to a ticket: a slot, a refusal, or the time at which its turn is expected.
 * - Slot: the entry of one granted call in the account, which counts against the limit for one window.
 * - Grant: the permission that the HSS client gets for a slot, to be checked before sending and finished afterwards.
 * - Outcome: how the call ended. The outcome decides how long the slot counts and when other calls may follow.
 *
 * The files of this folder, by what a reader wants to know:
 * - The data: account.ts; its form in Redis: account-form.ts.
 * - The way of a call on this instance: api-budget.ts, then pending-loads.ts and running-calls.ts.
 * - Who gets the next turn, as pure rules: turns.ts, then queue.ts, slots.ts, floors.ts, breaker.ts and
 *   call-outcome.ts; which time a refused caller is told: turn-forecast.ts.
 * - How instances share an account, and what happens without Redis: fleet-ledger.ts, which names the files behind it.
 */
export class CallBudget {
  readonly #apiBudgets = new Map<string, ApiBudget>();

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: Omit<ApiBudgetOptions, 'onLearned'>,
  ) {}

  /**
   * Waits for a turn. Meanwhile the budget refuses each caller of the load that cannot be served in time. The load
   * usually stays in the queue, so that a refused caller finds the answer at its next request.
   * @throws BudgetRefused; or Unwanted when no caller is left.
   */
  acquire(api: string, load: Load): Promise<Grant> {
    return this.#apiBudget(api).acquire(load);
  }

  /** The state of each API's budget, for operators. */
  async snapshot(apis: readonly string[]): Promise<BudgetSnapshot[]> {
    return Promise.all(apis.map((api) => this.#apiBudget(api).snapshot()));
  }

  /** What was decided on this instance since the start. */
  counts(api: string): BudgetCounts {
    return this.#apiBudget(api).counts;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apiBudgets.values()].map((apiBudget) => apiBudget.close()));
    await this.ledger.close();
  }

  #apiBudget(api: string): ApiBudget {
    let apiBudget = this.#apiBudgets.get(api);
    if (!apiBudget) {
      const onLearned = ({ limit, windowMs }: Limit) =>
        this.log.warn(
          { api, limit, windowMs },
          'HSS allows fewer calls than configured: the service keeps to the limit of HSS for a while',
        );
      apiBudget = new ApiBudget(api, this.ledger, this.clock, { ...this.options, onLearned });
      this.#apiBudgets.set(api, apiBudget);
    }
    return apiBudget;
  }
}
