import { randomUUID } from 'node:crypto';
import { newAccount, type Account } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import type { LocalTerms } from './lone-share.js';

/** Accounts in the memory of one process, when no Redis is configured. */
export class LocalLedger implements Ledger {
  readonly #accounts = new Map<string, Account>();

  constructor(
    /** The ledger's time in ms. Must never jump. */
    private readonly time: () => number,
    private readonly instance: string,
    private readonly terms: LocalTerms,
  ) {}

  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    let account = this.#accounts.get(api);
    if (!account) this.#accounts.set(api, (account = newAccount(randomUUID(), 'memory')));
    const now = this.time();
    return Promise.resolve({ result: change(account, localConditions(this.instance, this.terms, now)), now });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The conditions for a change of an account that nobody shares. */
export function localConditions(
  instance: string,
  { limit, opensAt, othersShare }: LocalTerms,
  now: number,
): BudgetConditions {
  return {
    now,
    configuredLimit: limit,
    reserved: 0,
    isLive: (name) => name === instance,
    liveInstances: 1,
    totalRoom: opensAt > now ? 0 : Infinity,
    totalFreeAt: opensAt,
    isShared: false,
    ...(othersShare !== undefined && { othersShare }),
  };
}
