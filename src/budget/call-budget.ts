import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import type { Limit } from './account.js';
import { ApiBudget, type Grant, type ApiBudgetOptions } from './api-budget.js';
import type { Ledger } from './ledger.js';
import type { Load } from './load.js';
import type { BudgetSnapshot } from './snapshot.js';

/**
 * Who may call HSS, and when. Asked by the HSS client before each attempt, told how the attempt ended. Knows neither
 * HTTP nor what is called. One lane per API: they share nothing.
 */
export class CallBudget {
  readonly #lanes = new Map<string, ApiBudget>();

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: Omit<ApiBudgetOptions, 'onLearned'>,
  ) {}

  /**
   * Waits for a turn. Callers that cannot be served in time are refused one by one while it waits; the work stays
   * in the queue for when they ask again.
   * @throws BudgetRefused, or Unwanted when nobody waits any more.
   */
  acquire(api: string, load: Load): Promise<Grant> {
    return this.#lane(api).acquire(load);
  }

  /** What operators see. */
  async snapshot(apis: readonly string[]): Promise<BudgetSnapshot[]> {
    return Promise.all(apis.map((api) => this.#lane(api).snapshot()));
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.close();
    await this.ledger.close();
  }

  #lane(api: string): ApiBudget {
    let lane = this.#lanes.get(api);
    if (!lane) {
      const onLearned = ({ limit, windowMs }: Limit) =>
        this.log.warn(
          { api, limit, windowMs },
          'HSS allows less than configured: keeping to that for a while',
        );
      lane = new ApiBudget(api, this.ledger, this.clock, { ...this.options, onLearned });
      this.#lanes.set(api, lane);
    }
    return lane;
  }
}

export function newInstanceId(): string {
  return randomUUID().slice(0, 8);
}
