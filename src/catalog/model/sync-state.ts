/**
 * The progress of the sync of HSS's two lists. Every change set contains this state, and every reader of the
 * catalog sees it. This file only describes the state: the sync changes it.
 */

/** The two lists of HSS that the sync reads. */
export type CatalogList = 'registry' | 'local';

/** A walk over one list, from its first block to its last. */
export interface WalkState {
  /** The number of this walk over the list. A row that two walks in a row missed no longer exists. */
  number: number;
  startedAt: number;
  /** The start of the next block. */
  offset: number;
  total: number | null;
  calls: number;
  /**
   * The result of the walk before, when this walk repeats it at once because rows were missing. Null for other
   * walks.
   */
  follows: { total: number; rows: number } | null;
  /** All blocks are read. The sync now looks up the missed rows by name. */
  isLookingUp: boolean;
}

/** The progress of the sync of one list. */
export interface ListState {
  /** The running walk. */
  walk: WalkState | null;
  /**
   * The begin of the last complete walk: the catalog contains the state of the list at this time. Null before the
   * first.
   */
  walkedAt: number | null;
  /** The time of the last delta or walk. */
  deltaAt: number | null;
  /** The newest scan in the known rows of this list, RFC 3339. A delta can stop here. */
  newestScan: string | null;
  /** HSS's last number of rows. A difference to the sum of `rows` and `duplicates` requires a walk. */
  total: number | null;
  /** The number of known rows of this list, without single architectures. */
  rows: number;
  /** The number of HSS's rows that look like another row of the list. Two walks must agree on this number. */
  duplicates: number;
}

/**
 * The state of the sync. Every change set contains all of this small state, so another instance can continue from
 * there.
 */
export interface SyncState {
  registry: ListState;
  local: ListState;
  /** Hashes of the rows that the last walk missed and that the sync has not looked up by name yet. */
  missedOnce: string[];
  lastSerial: number;
  calls: number;
}

const nothingRead: ListState = {
  walk: null,
  walkedAt: null,
  deltaAt: null,
  newestScan: null,
  total: null,
  rows: 0,
  duplicates: 0,
};

/** The state of a new catalog. */
export const notSynced: SyncState = {
  // Two objects: a structured clone would keep a shared object shared.
  registry: { ...nothingRead },
  local: { ...nothingRead },
  missedOnce: [],
  lastSerial: 0,
  calls: 0,
};

/** Whether both lists were read from start to end. */
export function isComplete({ registry, local }: SyncState): boolean {
  return registry.walkedAt !== null && local.walkedAt !== null;
}

/**
 * The wall time (ms) of HSS's state that a complete catalog contains. Null before both lists have a delta or a
 * walk.
 */
export function asOf({ registry, local }: SyncState): number | null {
  if (registry.deltaAt === null || local.deltaAt === null) return null;
  return Math.min(registry.deltaAt, local.deltaAt);
}
