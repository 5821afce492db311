import type { CatalogImage } from './catalog-image.js';
import type { ImageFileRow } from '../../endpoints/image-files/image-file.row.js';
import type { ContentDocument, ImageDocument, ReadContent } from './documents.js';
import type {
  Coverage,
  Facet,
  FacetName,
  HostQuery,
  ImageFilter,
  ImageQuery,
  Match,
} from './catalog-query.js';
import type { ChangeSet } from './change-set.js';
import type { SyncState } from './sync-state.js';

/** The version asked for is older than what is kept (15 minutes), or of another catalog. */
export class VersionGone extends Error {}

/** Files of one image, as they were read at one time. */
export interface KnownFiles extends Omit<ReadContent<ImageFileRow>, 'rows'> {
  total: number;
  /** All, or the first ones: as many as asked for, or more. */
  rows(count?: number): ImageFileRow[];
}

/** All that is kept of one image, unpacked once: its content when it is asked for. */
export interface WholeImage {
  document: ImageDocument;
  image: Omit<CatalogImage, 'baseOs' | 'files'>;
  baseOs(): ContentDocument['baseOs'];
  files(): KnownFiles | null;
}

/** A host with the images that match. */
export interface MatchingHost {
  hostId: string | null;
  name: string | null;
  agentId: string | null;
  /** How many images of the host match. */
  matches: number;
  /** The first of them, worst first. */
  images: CatalogImage[];
}

export interface ImagePage {
  items: CatalogImage[];
  total: number;
  /** How many more images might match, under a filter on content; else null. */
  unknown: number | null;
  /** The serial of the last item, which the next page follows; null without items. */
  last: number | null;
}

/** What the routes ask: everything is answered from memory, off the event loop where it takes long. */
export interface CatalogReader {
  /** Of the newest state; 0 while there is none. */
  readonly version: number;
  /** Says which history `version` counts; another one after everything was lost. */
  readonly epoch: string;
  /** When the newest state was put together. */
  readonly changedAt: number;
  readonly sync: SyncState;
  coverage(): Coverage;
  /** @returns keys: an id or digest may stand for several images where HSS's ids are not digests. A map, no query. */
  keysOf(id: string): string[];
  /** Images with an entry or local row under this name; registry and tag only when given. A map, no query. */
  keysNamed(name: { registryName?: string; namespace?: string; name: string; tag?: string }): string[];
  /** A map, no query. */
  whole(key: string): WholeImage | undefined;
  document(key: string): ImageDocument | undefined;
  content(key: string): ContentDocument | undefined;
  /** @throws VersionGone */
  images(query: ImageQuery): Promise<ImagePage>;
  /** `unknown` as for images. @throws VersionGone */
  hosts(query: HostQuery): Promise<{ items: MatchingHost[]; total: number; unknown: number | null }>;
  /** @throws VersionGone */
  facets(filter: ImageFilter, names: readonly FacetName[], version: number): Promise<Record<string, Facet>>;
  /** Every match in the order of serials, in batches, of one version that is held until the iteration ends. */
  stream(filter: ImageFilter, match: Match, version: number): AsyncIterable<CatalogImage[]>;
}

/** What the sync needs beyond reading. */
export interface CatalogStore extends CatalogReader {
  /** Takes over one step; one after the other. @throws RangeError unless it is the next version. */
  apply(changes: ChangeSet): Promise<void>;
  /** Begins anew with what a snapshot holds: nothing, if it is empty. What is asked meanwhile is answered from the old state. */
  load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    last: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void>;
  /** The newest state, for `load`, in pieces of half a MiB or a little more. Steps wait until it is read or given up. */
  snapshot(): AsyncIterable<Buffer>;
  /** From here on its versions are those of another history. */
  beginEpoch(epoch: string): void;
  /** Every image of the newest state, in slices that leave the event loop free. */
  documents(): AsyncIterable<{ image: ImageDocument; content: ContentDocument | undefined }[]>;
}
