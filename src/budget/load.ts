import type { Priority } from './account.js';

/** One who waits for a load that may be shared. */
export interface Caller {
  consumer: string;
  priority: Exclude<Priority, 'left-behind'>;
  /** How much longer it waits. */
  remainingMs(): number;
  /** Tells this caller that it cannot be served in time; the others may go on waiting. */
  refuse(error: Error): void;
}

/** A load that needs a call, as the budget sees it: who waits for it, and what it is for. */
export interface Load {
  /** The same for equal loads on every instance. */
  readonly key: string;
  readonly callers: ReadonlySet<Caller>;
  /** Everyone who waited hung up, so nobody will come back for it. */
  readonly isUnwanted: boolean;
  /**
   * Asked when a call was granted and before it is sent: false when it is not needed after all. A call may leave only
   * after this.
   */
  claim(): Promise<boolean>;
  /** Runs `listener` whenever callers come or go. */
  onChange(listener: () => void): void;
}
