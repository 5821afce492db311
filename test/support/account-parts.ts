import { newAccount, type Account, type Slot, type Ticket } from '../../src/budget/account.js';
import type { BudgetConditions } from '../../src/budget/budget-conditions.js';

/** Parts of an account for the tables of cases of the budget's rules: each case states only what it is about. */

export const windowMs = 60_000;
export const limit = { limit: 5, windowMs };

export function account(parts: Partial<Account> = {}): Account {
  return { ...newAccount('epoch', 'home'), ...parts };
}

/** A call that ended at `from`. */
export function slot(id: string, from: number, parts: Partial<Slot> = {}): Slot {
  return { id, instance: 'i0', key: id, grantedAt: from, from, endedAt: from, ...parts };
}

/** A call that is under way since `grantedAt`. */
export function running(id: string, grantedAt: number, parts: Partial<Slot> = {}): Slot {
  return slot(id, grantedAt, { from: grantedAt + 25_000, endedAt: null, ...parts });
}

export function ticket(id: string, parts: Partial<Ticket> = {}): Ticket {
  return {
    id,
    key: id,
    instance: 'i0',
    consumer: 'a',
    priority: 'waiting',
    order: 1,
    since: 0,
    until: 1e9,
    promisedAt: 0,
    ...parts,
  };
}

export function conditions(now: number, parts: Partial<BudgetConditions> = {}): BudgetConditions {
  return {
    now,
    configuredLimit: limit,
    reserved: 0,
    isLive: () => true,
    liveInstances: 1,
    totalRoom: Infinity,
    totalFreeAt: 0,
    isShared: true,
    ...parts,
  };
}
