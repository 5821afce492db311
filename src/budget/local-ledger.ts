import { randomUUID } from 'node:crypto';
import { newAccount, type Account } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import type { LocalTerms } from './lone-share.js';

/**
 * Accounts in the memory of one process. CallBudget uses them when no Redis is configured; FleetLedger uses them
 * while Redis is away. Nothing is shared with other instances here.
 */
export class LocalLedger implements Ledger {
  readonly #accounts = new Map<string, Account>();

  constructor(
    /** The ledger's time in ms. Must never jump. */
    private readonly time: () => number,
    private readonly instance: string,
    private readonly termsOf: (api: string, account: Account, now: number) => LocalTerms,
  ) {}

  /** Goes on with an account that another ledger kept. The times of the account must be on this ledger's clock. */
  adopt(api: string, account: Account): void {
    this.#accounts.set(api, account);
  }

  get apis(): string[] {
    return [...this.#accounts.keys()];
  }

  holds(api: string): boolean {
    return this.#accounts.has(api);
  }

  drop(api: string): void {
    this.#accounts.delete(api);
  }

  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    let account = this.#accounts.get(api);
    if (!account) this.#accounts.set(api, (account = newAccount(randomUUID(), 'memory')));
    const now = this.time();
    const { limit, opensAt, othersShare } = this.termsOf(api, account, now);
    const conditions: BudgetConditions = {
      now,
      configuredLimit: limit,
      reserved: 0,
      isLive: (instance) => instance === this.instance,
      liveInstances: 1,
      totalRoom: opensAt > now ? 0 : Infinity,
      totalFreeAt: opensAt,
      isShared: false,
      ...(othersShare !== undefined && { othersShare }),
    };
    const result = change(account, conditions);
    return Promise.resolve({ result, now });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
