import { randomUUID } from 'node:crypto';
import { newAccount, type Account, type Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';

/**
 * Accounts in the memory of one process. CallBudget uses them when no Redis is configured; FleetLedger uses them
 * while Redis is away. Each instance has its own share of the rate. The share is a whole number of calls per window.
 * If the rate has less than one call per instance, the share is one call in a longer window. Nothing is shared with
 * other instances here.
 */
export class LocalLedger implements Ledger {
  readonly #accounts = new Map<string, Account>();

  constructor(
    /** The ledger's time in ms. Must never jump. */
    private readonly time: () => number,
    private readonly instance: string,
    private readonly configuredLimit: Limit,
    /** The number of instances that share the rate, this instance included. */
    private readonly sharers: () => number,
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
    const conditions: BudgetConditions = {
      now,
      configuredLimit: shareOf(this.configuredLimit, this.sharers()),
      reserved: 0,
      isLive: (instance) => instance === this.instance,
      liveInstances: 1,
      totalRoom: Infinity,
      totalFreeAt: 0,
      isShared: false,
    };
    const result = change(account, conditions);
    return Promise.resolve({ result, now });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function shareOf({ limit, windowMs }: Limit, sharers: number): Limit {
  const whole = Math.floor(limit / sharers);
  return whole >= 1
    ? { limit: whole, windowMs }
    : { limit: 1, windowMs: Math.ceil((windowMs * sharers) / limit) };
}
