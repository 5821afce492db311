import type { Namespaces } from '../../domain/namespaces.js';
import type { WordField } from '../../domain/words.js';
import type { Integer } from '../../json/lossless.js';
import type { Asker } from './asker.js';
import type { CatalogHost, CatalogImage, RelatedHosts } from './catalog-image.js';
import type { ImageFileRow } from '../../endpoints/image-files/image-file.row.js';
import type {
  ContentDocument,
  ContentPart,
  ImageDocument,
  NotKnown,
  ReadContent,
  RegistryRecord,
} from './documents.js';
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

/** The requested version is older than 15 minutes and no longer kept, or belongs to another catalog. */
export class VersionGone extends Error {}

/** As many questions of the consumer wait as may wait. */
export class CatalogBusy extends Error {
  /** @param retryAt the wall time in ms at which the waiting questions are likely to be answered. */
  constructor(readonly retryAt: number) {
    super('Too many questions of this consumer wait for the catalog');
  }
}

/** The files of one image, all read at one time. */
export interface KnownFiles extends Omit<ReadContent<ImageFileRow>, 'rows'> {
  total: number;
  /** All files, or at least the first `count` files. */
  rows(count?: number): ImageFileRow[];
}

/** All data of one image. The document is unpacked once; the content is unpacked when a caller needs it. */
export interface WholeImage {
  document: ImageDocument;
  image: Omit<CatalogImage, 'baseOs' | 'files' | 'content'>;
  /** The hosts of the image and of its relatives. `newer`: the same image with rows that were read later. */
  allHosts(newer?: ImageDocument): RelatedHosts;
  baseOs(): ContentDocument['baseOs'];
  files(): KnownFiles | null;
  /** HSS's answer that it does not know this part. Undefined when HSS has not said so, or not of the last scan. */
  notKnown(part: ContentPart): NotKnown | undefined;
}

/** The state of the catalog with regard to purges. */
export interface PurgeState {
  /** Number of the last purge that this instance knows. No answer shows what this purge names. */
  known: number;
  /** The newest version still contains what a purge names: filters can match it, though answers do not show it. */
  isPending: boolean;
  /** A purge has voided what is known of a whole list, and no walk has read the list since. */
  hasUnreadList: boolean;
}

/** An image as the answer to one question. The hosts that the question means come first in `hosts.items`. */
export interface MatchingImage extends CatalogImage {
  /** The number of containers on the host that the question names by id, or under which the image stands. */
  containerCount?: Integer | null;
  /** The first files that meet the filter. Only with a filter on files. */
  matchedFiles?: ImageFileRow[];
}

/** A host with the images that match. */
export interface MatchingHost {
  hostId: string | null;
  name: string | null;
  agentId: string | null;
  /** The number of the host's images that match. */
  matches: number;
  /** The number of containers on the host that run matching images. Null when HSS tells no number. */
  containerCount: Integer | null;
  /** The first matching images, the worst first. */
  images: MatchingImage[];
  /** How the asked image was found on the host. Only for questions that name an image. */
  matchedBy?: CatalogHost['matchedBy'];
}

export interface HostPage {
  items: MatchingHost[];
  total: number;
  /** The number of pairs of a host and one of its matching images, on all pages. */
  pairs: number;
  /** As for images. */
  unknown: number | null;
}

/** One image on one host. */
export interface HostedImage {
  hostId: string | null;
  hostName: string | null;
  agentId: string | null;
  containerCount: Integer | null;
  image: MatchingImage;
}

export interface ImagePage {
  items: MatchingImage[];
  total: number;
  /** The number of further images that could match a filter on content. Null without such a filter. */
  unknown: number | null;
  /** The serial of the last item, for the cursor of the next page. Null without items. */
  last: number | null;
}

/** The state of the catalog at one version. */
export interface CatalogState {
  version: number;
  /** The time of the change set. */
  changedAt: number;
  sync: SyncState;
}

/**
 * Images of the newest version, for one consumer or for all. An image that the consumer does not see is like an image
 * that is not there, and takes the same work.
 */
export interface SeenImages {
  /** A version with the same images and contents as the newest version: most steps change none. */
  readonly dataVersion: number;
  /** The newest state with the same images and contents as this version. @throws VersionGone */
  stateOf(version: number): CatalogState;
  coverage(): Coverage;
  /**
   * @returns the keys of images with this id or digest. Ids that are no digests can belong to several images. Reads
   * a map.
   */
  keysOf(id: string): string[];
  /** Keys of images with an entry or local row of this name. An omitted field matches every value. Reads a map. */
  keysNamed(name: { registryName?: string; namespace?: string; name: string; tag?: string }): string[];
  /** Names of registries, and URLs of SWR instances, that images are in. */
  registryNames(): string[];
  /** The image without what was purged. Reads a map. */
  whole(key: string): WholeImage | undefined;
  /** For coordinates only: what was purged since the newest version still stands in the document. */
  document(key: string): ImageDocument | undefined;
  /** Whether a row has a word that HSS has added after this release was made. */
  hasNewWord(field: WordField, word: string): boolean;
}

/**
 * The catalog for routes and merged answers. All answers come from memory; long queries run outside the event loop.
 */
export interface CatalogReader {
  /** The newest version; 0 while the catalog is empty. */
  readonly version: number;
  /** Identifies the history that `version` counts in. A new epoch begins when all data were lost. */
  readonly epoch: string;
  /** The time of the newest change set. */
  readonly changedAt: number;
  readonly sync: SyncState;
  readonly purges: PurgeState;
  /** The images that a consumer with these namespaces sees. Null: all images. */
  seenBy(namespaces: Namespaces | null): SeenImages;
  /** Wall time (ms) at which HSS last showed the row of this registry record. 0 for a purged record. */
  readAt(key: string, record: RegistryRecord): number;
  /**
   * Each question is about the images that the asker sees.
   * @throws VersionGone; CatalogBusy; the reason of the asker's deadline. So do all questions below.
   */
  images(query: ImageQuery, asker: Asker): Promise<ImagePage>;
  hosts(query: HostQuery, asker: Asker): Promise<HostPage>;
  facets(
    filter: ImageFilter,
    names: readonly FacetName[],
    version: number,
    asker: Asker,
  ): Promise<Record<string, Facet>>;
  /**
   * All matches in the order of serials, in batches. The question is over when the promise resolves: the batches come
   * from memory, and outlive the deadline and the version.
   */
  stream(
    filter: ImageFilter,
    match: Match,
    version: number,
    asker: Asker,
  ): Promise<AsyncIterable<MatchingImage[]>>;
  /** All pairs of a host and a known match, in the order of images. Otherwise like `stream`. */
  streamHosts(filter: ImageFilter, version: number, asker: Asker): Promise<AsyncIterable<HostedImage[]>>;
}

/** The catalog for the sync, which sees all images and also changes them. */
export interface CatalogStore extends CatalogReader, SeenImages {
  content(key: string): ContentDocument | undefined;
  /** Applies one step. Calls must not overlap. @throws RangeError unless the step has the next version. */
  apply(changes: ChangeSet): Promise<void>;
  /** Replaces all data by a snapshot, which can be empty. Queries see the old state until the snapshot is loaded. */
  load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    last: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void>;
  /**
   * The newest state for `load`, in pieces of half a MiB or a little more. Steps wait until the reader finishes or
   * stops.
   */
  snapshot(): AsyncIterable<Buffer>;
  /** Begins a new history: later versions belong to this epoch. */
  beginEpoch(epoch: string): void;
  /**
   * All images, in slices between which the event loop runs. Each image is as new as its slice. Images that come
   * meanwhile are left out.
   */
  documents(): AsyncIterable<{ image: ImageDocument; content: ContentDocument | undefined }[]>;
}
