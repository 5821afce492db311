import type { Priority } from './account.js';

/** One request that waits for a load. Several callers can wait for the same load. */
export interface Caller {
  consumer: string;
  priority: Exclude<Priority, 'left-behind'>;
  /** How much longer the caller waits. */
  remainingMs(): number;
  /** Tells this caller that it cannot be served in time. Other callers of the load may go on waiting. */
  refuse(error: Error): void;
}

/** Work that needs one call, as the budget sees it: its key and its callers. The cache and the catalog make loads. */
export interface Load {
  /** Equal loads have the same key on every instance. */
  readonly key: string;
  readonly callers: ReadonlySet<Caller>;
  /** All callers hung up, so no caller will come back for the result. */
  readonly isUnwanted: boolean;
  /**
   * To be asked after a call was granted and before it is sent. False: the call is not needed any more. No call may
   * be sent before this.
   */
  claim(): Promise<boolean>;
  /** Runs `listener` whenever callers come or go. */
  onChange(listener: () => void): void;
}
