import type { Priority } from './account.js';

/** One request that waits for a load. Several callers can wait for the same load. */
export interface Caller {
  consumer: string;
  priority: Exclude<Priority, 'left-behind'>;
  /** The time for which the caller waits, each time it asks. */
  readonly patienceMs: number;
  /** The time for which the caller still waits. */
  remainingMs(): number;
  /** Tells this caller that it cannot be served in time. Other callers of the load may go on waiting. */
  refuse(error: Error): void;
}

/** Work that needs one call, as the budget sees it: its key and its callers. The cache and the catalog make loads. */
export interface Load {
  /** Two loads of the same data have the same key, on all instances. */
  readonly key: string;
  readonly callers: ReadonlySet<Caller>;
  /** All callers hung up, so no caller will come back for the result. */
  readonly isUnwanted: boolean;
  /** How long the result serves the callers, in ms; undefined when there is no end. */
  readonly servesForMs?: number | undefined;
  /**
   * Called after a call was granted. The call may be sent only after the result `true`. False: the call is not needed
   * any more.
   */
  claim(): Promise<boolean>;
  /** Runs `listener` whenever callers come or go. */
  onChange(listener: () => void): void;
}

/**
 * Refuses the callers that cannot wait for `forMs`, by default all. The turn is the same for all callers of a load, but
 * their deadlines differ. @returns the number of refused callers.
 */
export function refuseCallers({ callers }: Load, error: (caller: Caller) => Error, forMs = Infinity): number {
  const late = [...callers].filter((caller) => caller.remainingMs() < forMs);
  for (const caller of late) caller.refuse(error(caller));
  return late.length;
}
