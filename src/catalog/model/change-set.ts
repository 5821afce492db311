import type { ContentDocument, ImageDocument } from './documents.js';

/** What became different about an image, for consumers that follow the catalog. */
export interface CatalogEvent {
  kind: 'appeared' | 'disappeared' | 'scanned' | 'severity-changed' | 'came-to-host' | 'left-host';
  key: string;
  imageId: string | null;
  digest: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  /** Of a change of severity: what it was; of a scan: when it was scanned before. */
  before: string | null;
  after: string | null;
  hostId: string | null;
  hostName: string | null;
}

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

/** One step of the catalog, atomic: readers never see half of it. */
export interface ChangeSet {
  /** One more than the one before. */
  version: number;
  /** Wall time by the clock of the instance that syncs. */
  at: number;
  /** Whole documents: they replace what was there. */
  images: ImageDocument[];
  /** Keys of images that are no more; their content goes with them. */
  gone: string[];
  contents: ContentDocument[];
  events: CatalogEvent[];
  /** Rows met by the running walks, by hash. */
  seen: { registry: string[]; local: string[] };
  sync: SyncState;
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
