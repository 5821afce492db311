import type { CatalogEvent } from './catalog-event.js';
import type { ContentDocument, ImageDocument } from './documents.js';
import type { ImageChange } from './image-change.js';
import type { SyncState } from './sync-state.js';

/**
 * One step of the catalog. A step is atomic: readers see all of it or nothing. The sync writes it, the index
 * applies it.
 */
export interface ChangeSet {
  /** The version before plus one. */
  version: number;
  /** Wall time by the clock of the instance that syncs. */
  at: number;
  /** Whole documents, which replace the documents with the same key. */
  images: ImageDocument[];
  /** Keys of images that no longer exist. The content of these images is deleted as well. */
  gone: string[];
  contents: ContentDocument[];
  events: CatalogEvent[];
  /** The same changes by places, for consumers with namespaces. Undefined in a step of an earlier release. */
  changes?: ImageChange[];
  /** Hashes of the rows that HSS showed in this step, changed or not. */
  seen: { registry: string[]; local: string[] };
  /** Wall time (ms) at which HSS was asked for the rows in `seen`; the first call counts. Undefined without rows. */
  seenAt?: number;
  sync: SyncState;
  /** Keys of images that a purge has named: no version may show earlier documents of these images. */
  purged?: string[];
}

/** Whether the step changes images or contents. Most steps tell only that HSS was read again. */
export function hasData({
  images,
  gone,
  contents,
}: Pick<ChangeSet, 'images' | 'gone' | 'contents'>): boolean {
  return images.length + gone.length + contents.length > 0;
}

/** The first version with the images and contents of this version; this version itself when it is not told. */
export function dataVersionOf({ version, sync }: Pick<ChangeSet, 'version' | 'sync'>): number {
  return sync.data?.upTo === version ? sync.data.version : version;
}
