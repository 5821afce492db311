/**
 * All that the fleet knows of one HSS user's calls to one API: which calls count against the limit, which work
 * waits for the next call, and why no call may be made at all. An account is plain data, kept as JSON in Redis (or
 * in memory without Redis). The rules are the functions of this folder. The rules change the account in place and
 * never read a clock: `now` is Redis's time in ms.
 */
export interface Account {
  /** The form of this text in Redis (account-form.ts). Missing in an account of release 0.1.0. */
  form?: number;
  /** Random, made with the account. A different epoch means that Redis has lost the former account. */
  epoch: string;
  /** Names the Redis server that holds the account. A new server may lack the last changes before the failover. */
  home: string;
  /** No call is granted before this time, because the calls made before it are not known. */
  blockedUntil: number;
  /**
   * After a loss of the account: the instances that must still report their earlier calls. Null when no report is
   * due.
   */
  awaiting: string[] | null;
  /** The end of the wait for an instance that does not report. */
  awaitingUntil?: number;
  slots: Slot[];
  /** Moving average of a call's duration, in ms. */
  callMs: number;
  tickets: Ticket[];
  /** The `order` of the ticket granted last, for fair queueing. */
  order: number;
  /** For each consumer whose work was not kept in the queue: the time at which the consumer may come back. */
  turnedAway: Record<string, number>;
  /** HSS answered 429: no call before this time. */
  pausedUntil: number;
  /** A lower limit than ours that HSS named, believed until `until`. */
  learned: (Limit & { until: number }) | null;
  lastConsumerAt: number;
  lastBackgroundAt: number;
  /**
   * Calls granted to other tickets since the last call of this priority, while a ticket of this priority waited. The
   * previous release does not write it.
   */
  passedOver?: Partial<Record<LowPriority, number>>;
  /** Times at which a call was repeated after a failure. */
  retries: number[];
  breaker: Breaker;
  /** What each instance owns while it has no Redis, by instance. Accounts of older releases lack it. */
  owners?: Record<string, Owner>;
}

/** The part of the rate that the other instances leave to one instance. The rules are in escrow.ts. */
export interface Owner {
  /** Calls per window that the instance may make without Redis. All shares together never exceed the limit. */
  share: number;
  /** Free slots that the instance holds for the moment at which it loses Redis. */
  spare: number;
  /** Absent while the instance is heard. */
  lost?: Silence;
}

/** An instance vanished without signing off. */
export interface Silence {
  /** The time at which an instance noticed the silence. */
  at: number;
  /** The number of live instances before. */
  among: number;
  /** Since this time as many instances are live again; absent while they are fewer. */
  replacedSince?: number;
}

/** At most `limit` calls in any `windowMs`. */
export interface Limit {
  limit: number;
  windowMs: number;
}

/** One call that counts against the limit. */
export interface Slot {
  id: string;
  instance: string;
  /** The key of the load. Empty when this call does not hold back other calls for the same key. */
  key: string;
  grantedAt: number;
  /** The latest time at which the call can have arrived at HSS. Far in the future while the call is under way. */
  from: number;
  /** Null while the call is under way. */
  endedAt: number | null;
}

/** In order of turns: consumers that wait, work that a refused consumer left behind, revalidation, the catalog. */
export const priorities = ['waiting', 'left-behind', 'revalidation', 'background'] as const;
export type Priority = (typeof priorities)[number];
/** The priorities for which no consumer waits. */
export const lowPriorities = ['revalidation', 'background'] as const;
export type LowPriority = (typeof lowPriorities)[number];

export function isLow(priority: Priority | undefined): priority is LowPriority {
  return lowPriorities.some((low) => low === priority);
}

/** The place of one waiting load in the queue. */
export interface Ticket {
  id: string;
  /** The key of the load. A new request for the same key takes over the place. */
  key: string;
  instance: string;
  consumer: string;
  priority: Priority;
  order: number;
  since: number;
  /** The end of the consumer's wait; for work left behind, the time at which the work is given up. */
  until: number;
  /** The time at which a consumer was told to come back; 0 when no consumer was told a time. */
  promisedAt: number;
  /**
   * The answer serves the consumers for this long, in ms. Missing when there is no end, and in a ticket of the previous
   * release.
   */
  servesForMs?: number;
}

/** Opens when calls keep failing, so that an outage costs few calls. The rules are in breaker.ts. */
export interface Breaker {
  /** Failures in a row, by instance. */
  failures: Record<string, number>;
  /** The time of each instance's last failure. The previous release does not write it. */
  failedAt?: Record<string, number>;
  openUntil: number;
  /** The only instance for which the breaker is open: its network may be broken. Null: open for all instances. */
  only: string | null;
  backoffMs: number;
  /** The slot of the single call that may go out while the breaker is half-open. */
  trial: string | null;
}

export const accountForm = 1;

export function newAccount(epoch: string, home: string): Account {
  return {
    form: accountForm,
    epoch,
    home,
    blockedUntil: 0,
    awaiting: null,
    slots: [],
    callMs: 500,
    tickets: [],
    order: 0,
    turnedAway: {},
    pausedUntil: 0,
    learned: null,
    lastConsumerAt: 0,
    lastBackgroundAt: 0,
    retries: [],
    breaker: { failures: {}, failedAt: {}, openUntil: 0, only: null, backoffMs: 0, trial: null },
  };
}
