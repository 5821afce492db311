import type { CatalogImage } from './derive.js';
import type { ContentDocument, ImageDocument } from './documents.js';
import type {
  Coverage,
  Facet,
  FacetName,
  HostQuery,
  ImageFilter,
  ImageQuery,
  Match,
} from './catalog-query.js';
import type { ChangeSet, SyncState } from './change-set.js';

/** The version asked for is older than what is kept (15 minutes), or of another catalog. */
export class VersionGone extends Error {}

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
  image(key: string): CatalogImage | undefined;
  document(key: string): ImageDocument | undefined;
  content(key: string): ContentDocument | undefined;
  /** `unknown`: how many more images might match, under a filter on content; else null. @throws VersionGone */
  images(query: ImageQuery): Promise<{ items: CatalogImage[]; total: number; unknown: number | null }>;
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
  /** Begins anew with what a base holds. What is asked meanwhile is answered from the old state. */
  load(
    epoch: string,
    base: AsyncIterable<Pick<ChangeSet, 'images' | 'contents'>>,
    last: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void>;
  /** Every image of the newest state, in slices that leave the event loop free. */
  documents(): AsyncIterable<{ image: ImageDocument; content: ContentDocument | undefined }[]>;
}
