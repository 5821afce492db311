/**
 * What the fleet knows of one HSS user's calls to one API: which count against the limit, who waits for the next,
 * and why nobody may call at all. Plain data, kept as JSON in Redis (or in memory without one); the rules are the
 * functions of this folder, which change it in place and never look at a clock: `now` is Redis's time in ms.
 */
export interface Account {
  /** Made up when the account was created. Another one means that what was known has been lost. */
  epoch: string;
  /** Names the Redis it was made in: after a failover the last changes may be missing. */
  home: string;
  /** The time before it is unknown: nothing is granted. */
  blockedUntil: number;
  /** After a loss: the instances that have not told yet which calls they made before it; null when none is known. */
  awaiting: string[] | null;
  slots: Slot[];
  /** How long a call takes lately, in ms. */
  callMs: number;
  tickets: Ticket[];
  /** Fair queueing: the order of the ticket granted last. */
  order: number;
  /** What the last one of each consumer was told whose work was not kept. */
  turnedAway: Record<string, number>;
  /** HSS said 429: nothing until then. */
  pausedUntil: number;
  /** A limit lower than ours that HSS named. */
  learned: (Limit & { until: number }) | null;
  lastConsumerAt: number;
  lastBackgroundAt: number;
  /** Calls repeated after a failure. */
  retries: number[];
  breaker: Breaker;
}

/** At most `limit` calls in any `windowMs`. */
export interface Limit {
  limit: number;
  windowMs: number;
}

/** One call that counts. */
export interface Slot {
  id: string;
  instance: string;
  /** What the call is for; empty when it does not matter any more. */
  key: string;
  grantedAt: number;
  /** The latest time at which it can have arrived at HSS; far ahead while it is on its way. */
  from: number;
  /** Null while it is on its way. */
  endedAt: number | null;
}

/** Who goes first: consumers that wait, work that a refused consumer left behind, revalidation, the catalog. */
export const priorities = ['waiting', 'left-behind', 'revalidation', 'background'] as const;
export type Priority = (typeof priorities)[number];

export interface Ticket {
  id: string;
  /** What the call is for: the same thing asked for again takes its place. */
  key: string;
  instance: string;
  consumer: string;
  priority: Priority;
  order: number;
  since: number;
  /** For waiting ones, when its consumer stops to wait; for work left behind, when it is given up. */
  until: number;
  /** When a consumer was told to come back for it; 0 when none was. */
  promisedAt: number;
}

/** Opens when calls keep failing, so that an outage costs a handful of calls. */
export interface Breaker {
  /** Of each instance, in a row. */
  failures: Record<string, number>;
  openUntil: number;
  /** It is open for this instance alone, which may have a broken network; null: for all. */
  only: string | null;
  backoffMs: number;
  /** The one call that may try while half-open. */
  trial: string | null;
}

export function newAccount(epoch: string, home: string): Account {
  return {
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
    breaker: { failures: {}, openUntil: 0, only: null, backoffMs: 0, trial: null },
  };
}
