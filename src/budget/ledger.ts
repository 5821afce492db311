import type { Account } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';

/** Changes an account in place. A change can run more than once, so it must depend on nothing but its arguments. */
export type Change<T> = (account: Account, conditions: BudgetConditions) => T;

/**
 * The home of accounts. A change is atomic: when another instance was faster, the change runs again on the newer
 * account.
 */
export interface Ledger {
  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>>;
  /** Leaves the fleet. */
  close(): Promise<void>;
}

export interface Transacted<T> {
  result: T;
  /** The ledger's time in ms at which the change was made. */
  now: number;
}
