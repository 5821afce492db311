import { randomUUID } from 'node:crypto';
import { newAccount, type Account, type Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';

/**
 * Accounts of one process: all there is without Redis, and what an instance goes on with while Redis is away. It
 * then has its share of the rate only: whole calls per window where there are enough for everybody, else one call
 * in a longer one.
 */
export class LocalLedger implements Ledger {
  readonly #accounts = new Map<string, Account>();

  constructor(
    /** In ms; must never jump. */
    private readonly time: () => number,
    private readonly instance: string,
    private readonly configuredLimit: Limit,
    /** How many instances share the rate, this one included. */
    private readonly sharers: () => number,
  ) {}

  get now(): number {
    return this.time();
  }

  /** Takes over what is known of an account elsewhere, on this ledger's time. */
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
    const { now } = this;
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
    return Promise.resolve({ result, now, epoch: account.epoch });
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
