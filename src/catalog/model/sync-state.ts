/** How far the sync of the two lists is. Every change set holds it, and every reader of the catalog sees it. */

/** The two lists that the catalog is read from. */
export type CatalogList = 'registry' | 'local';

/** A walk over one list, from its first block to its last. */
export interface WalkState {
  /** Counts the walks of this list; rows missing in two walks in a row are gone. */
  number: number;
  startedAt: number;
  /** Of the next block. */
  offset: number;
  total: number | null;
  calls: number;
  /** What the walk before came to, when this one follows it at once to settle what that one missed. */
  follows: { total: number; rows: number } | null;
  /** All blocks are read; rows that were missed are asked for by name. */
  isLookingUp: boolean;
}

/** How far the sync of one list is. */
export interface ListState {
  /** The running walk. */
  walk: WalkState | null;
  /** When the last complete walk began: what was true then is in the catalog. Null before the first. */
  walkedAt: number | null;
  /** When the last delta (or walk) was read. */
  deltaAt: number | null;
  /** Newest scan known from this list, RFC 3339: where a delta may stop. */
  newestScan: string | null;
  /** What HSS said last; another number than `rows` and `duplicates` together calls for a walk. */
  total: number | null;
  /** Rows known from this list, without those of single architectures. */
  rows: number;
  /** How many of HSS's rows cannot be told from others of them, as two walks agreed. */
  duplicates: number;
}

/** The state of the sync: small, whole in every change set, so that whoever takes over goes on from it. */
export interface SyncState {
  registry: ListState;
  local: ListState;
  /** Rows (hashes of their keys) that the last complete walk missed, and what is to be done about them. */
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

/** Of a catalog that has just been begun. */
export const notSynced: SyncState = {
  // Two: a clone keeps one object one.
  registry: { ...nothingRead },
  local: { ...nothingRead },
  missedOnce: [],
  lastSerial: 0,
  calls: 0,
};

/** Both lists were read from end to end. */
export function isComplete({ registry, local }: SyncState): boolean {
  return registry.walkedAt !== null && local.walkedAt !== null;
}

/** Wall time in ms: what HSS said then is in a complete catalog. */
export function asOf({ registry, local }: SyncState): number | null {
  if (registry.deltaAt === null || local.deltaAt === null) return null;
  return Math.min(registry.deltaAt, local.deltaAt);
}
