import type { ContentDocument, ImageDocument } from './documents.js';
import type { SyncState } from './sync-state.js';

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
