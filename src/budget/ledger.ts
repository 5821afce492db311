import type { Account, Limit } from './account.js';

/** Under what circumstances an account is being changed. */
export interface Situation {
  /** The ledger's time in ms: Redis's, or one that goes on where Redis's stopped. */
  now: number;
  limit: Limit;
  reserved: number;
  isLive: (instance: string) => boolean;
  liveInstances: number;
  /** Calls that the API's total, over all HSS users, still has room for. */
  totalRoom: number;
  /** When it has room for one more. */
  totalFreeAt: number;
  /** Whether the fleet shares this account at the moment. */
  isShared: boolean;
}

/** Changes an account in place. Must depend on nothing but its arguments: it can run more than once. */
export type Change<T> = (account: Account, situation: Situation) => T;

/** Where accounts live. A change is atomic: it runs again, on what is there by then, when somebody else was faster. */
export interface Ledger {
  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>>;
  /** Leaves the fleet. */
  close(): Promise<void>;
}

export interface Transacted<T> {
  result: T;
  now: number;
  epoch: string;
}
