/**
 * The progress of the sync of HSS's two lists. Every change set contains this state, and every reader of the
 * catalog sees it. This file only describes the state: the sync changes it.
 */

/** The two lists of HSS that the sync reads. */
export type CatalogList = 'registry' | 'local';

/** `scans`: rows that were scanned. `updates`: rows whose update time moved, such as a new image or a moved tag. */
export const deltaKinds = ['scans', 'updates'] as const;
export type DeltaKind = (typeof deltaKinds)[number];

/** A walk over one list, from its first block to its last. */
export interface WalkState {
  /** The number of this walk. A row that two successive walks missed no longer exists. */
  number: number;
  startedAt: number;
  /** The start of the next block. */
  offset: number;
  total: number | null;
  calls: number;
  /** The result of the walk before, if rows were missing there and this walk repeats it. Null for other walks. */
  follows: { total: number; rows: number } | null;
  /** All blocks are read. The sync now looks up the missed rows by name. */
  isLookingUp: boolean;
}

/** The progress of the sync of one list. */
export interface ListState {
  /** The running walk. */
  walk: WalkState | null;
  /**
   * The start of the last complete walk. The catalog contains the state of the list at this time. Null before the
   * first complete walk.
   */
  walkedAt: number | null;
  /** The catalog contains all scans before this time: the time of the last delta or walk. */
  deltaAt: number | null;
  /** The catalog contains all changes before this time that move a row's update time. Missing: not read yet. */
  updatesAt?: number | null;
  /** The beginning of the last round over the risky rows. Missing: no round has ended. */
  risksAt?: number;
  /** When HSS told `total`, wall time in ms. Missing: an earlier release did not keep it. */
  countedAt?: number;
  /** The number of known rows when HSS told `total`. Missing: an earlier release did not keep it. */
  rowsThen?: number;
  /** What HSS's statistics count, and by how much they count more rows than the list itself. Missing: not asked. */
  count?: { value: number; at: number; more?: number };
  /**
   * Deltas that had too many rows, by kind, with the time from which later deltas read on. The walk that begins at
   * `walkSince` or later makes up for them.
   */
  cutShort?: Partial<Record<DeltaKind, number>>;
  walkSince?: number;
  /** The newest scan in the known rows of this list, RFC 3339. A delta can stop at the row with this scan. */
  newestScan: string | null;
  /** The number of rows that HSS reported last. If it differs from `rows` plus `duplicates`, a walk is needed. */
  total: number | null;
  /** The number of known rows of this list, without single architectures. */
  rows: number;
  /**
   * The number of walks that must end before the list is read again after a purge: two when the purge came during a
   * walk. Missing: none.
   */
  walksDue?: number;
  /** The number of HSS's rows that cannot be told apart from another row. Two walks must agree on this number. */
  duplicates: number;
}

/**
 * The state of the sync. Every change set contains the whole state, so that another instance can continue the sync.
 */
export interface SyncState {
  registry: ListState;
  local: ListState;
  /** Wall time (ms) before which HSS is not asked for its count of images: the region does not publish the call. */
  countNotBefore?: number;
  /** Hashes of the rows that the last walk missed and that the sync has not looked up by name yet. */
  missedOnce: string[];
  lastSerial: number;
  calls: number;
  /**
   * The catalog contains all purges up to the one with this number. `version`: the step that was the last to make
   * something unread; 0 when no step did. Missing in a catalog of release 0.1.
   */
  purges?: { upTo: number; version: number };
  /**
   * `version`: the last step that changed images or contents, as known at the step `upTo`. An earlier release does not
   * tell it: `upTo` is then an older step, or nothing is told.
   */
  data?: { upTo: number; version: number };
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
  // Each list needs an object of its own, because a structured clone keeps a shared object shared.
  registry: { ...nothingRead },
  local: { ...nothingRead },
  missedOnce: [],
  lastSerial: 0,
  calls: 0,
};

/** Whether both lists were read from start to end, and since the last purge of a list. */
export function isComplete({ registry, local }: SyncState): boolean {
  return [registry, local].every((list) => list.walkedAt !== null && !isListUnread(list));
}

/** Whether a purge has voided what is known of the list, and no walk has read the list since. */
export function isListUnread({ walksDue = 0 }: ListState): boolean {
  return walksDue > 0;
}

/**
 * The wall time (ms) up to which a complete catalog contains HSS's changes. Null before both lists have a delta or a
 * walk.
 */
export function asOf({ registry, local }: SyncState): number | null {
  if (registry.deltaAt === null || local.deltaAt === null) return null;
  return Math.min(registry.deltaAt, local.deltaAt);
}
