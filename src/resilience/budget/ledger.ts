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
  /** Whether the fleet shares this account at the moment. */
  isShared: boolean;
}

/** Where accounts live. A change is atomic: it runs again, on what is there by then, when somebody else was faster. */
export interface Ledger {
  /** @param change must depend on nothing but its arguments; returns the number of slots it took, and a result. */
  transact<T>(
    api: string,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>>;
  /** Leaves the fleet. */
  close(): Promise<void>;
}

export interface Changed<T> {
  taken: number;
  result: T;
}

export interface Transacted<T> {
  result: T;
  now: number;
  epoch: string;
}
