import { bothValid, type Dependency } from '../../cache/validity.js';
import type { Namespaces } from '../../domain/namespaces.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import { namedImageOf, type NamedImage } from '../../domain/image-coordinates.js';
import { newestFirst } from '../../domain/scan.js';
import { contentSource } from '../model/content-source.js';
import { derive } from '../model/derive.js';
import type { CatalogImage } from '../model/catalog-image.js';
import type { ImageDocument, RegistryRecord } from '../model/documents.js';
import type { WholeImage } from '../model/reader.js';
import type { CatalogAge } from './catalog-mark.js';

/** Some rows of one image that HSS shows again in one call by name, and their age. */
export interface NamedRecords {
  /** The names to ask HSS by. Null when HSS cannot be asked by name. */
  search: RowName | null;
  rowKeys: ReadonlySet<string>;
  /** Wall time (ms) at which the oldest of the rows was read. 0 when a purge has made a row unread. */
  readAt: number;
}

/** Names of rows. Without a tag: the rows of all tags. Without a namespace: rows on hosts. */
export interface RowName {
  namespace?: string;
  name: string;
  tag?: string;
}

/** An image of the catalog, with its age. */
export interface KnownImage extends WholeImage {
  /** Those that the consumer sees: only rows in them may join the image. Null: all. */
  namespaces: Namespaces | null;
  /**
   * The registry rows that the image part shows: the rows of the requested name, or all rows of a requested digest.
   * Empty for an image that is on hosts only.
   */
  shown: readonly RegistryRecord[];
  isShown: (entry: RegistryRecord) => boolean;
  /** Chooses the rows whose names the request gives. */
  isMeant: (entry: RegistryRecord) => boolean;
  /**
   * Only rows of hosts have the requested name. Hosts tell which image a tag meant when they pulled the image, so a
   * gate must not rely on the name.
   */
  isNamedByHosts: boolean;
  /** The chosen entry: the requested entry, or the entry whose content is read, or the newest entry. */
  entry: RegistryRecord | undefined;
  /** The coordinates for calls of HSS. Null for an image that is on hosts only. */
  of: NamedImage | null;
  age: CatalogAge;
  /** The rows that the image part shows, by the call that shows them again. */
  names: readonly NamedRecords[];
  /**
   * Wall time (ms) up to which the catalog knows which image has the requested name. Infinity for a digest, which
   * never changes its meaning. Null before the first walk has ended.
   */
  resolvedAt: number | null;
  /** The freshness of catalog data that were read at this wall time (ms). */
  freshnessAt: (readAt: number, lifeMs?: number) => Freshness;
}

/** The image with other rows, which were read after the catalog's rows. */
export function withDocument(known: KnownImage, document: ImageDocument): KnownImage {
  const shown = document.entries.filter(known.isShown);
  const allHosts = (newer = document) => known.allHosts(newer);
  const rows = { document, image: derive(document, undefined), shown, allHosts };
  return { ...known, ...rows, ...chosenOf(document, known.isMeant) };
}

/** The image, in answers that hold only until one of these versions changes. */
export function dependingOn(known: KnownImage, dependencies: readonly Dependency[]): KnownImage {
  const also = { until: Infinity, dependencies };
  const freshnessAt: KnownImage['freshnessAt'] = (...of) => {
    const freshness = known.freshnessAt(...of);
    return { ...freshness, validity: bothValid(freshness.validity, also) };
  };
  return { ...known, freshnessAt };
}

/** The image that the shown rows tell of. The rows of hosts tell of an image that is on hosts only. */
export function shownImage({ document, shown }: KnownImage): CatalogImage {
  const onHosts = document.entries.length === 0 ? document.onHosts : [];
  return derive({ ...document, entries: [...shown], onHosts }, undefined);
}

/** The entry and the coordinates for calls of HSS. */
export function chosenOf(
  document: ImageDocument,
  isMeant: (entry: RegistryRecord) => boolean,
): Pick<KnownImage, 'entry' | 'of'> {
  const entry = chosen(document, isMeant);
  return { entry, of: entry ? namedImageOf(entry.row) : null };
}

function chosen(
  document: ImageDocument,
  isMeant: (entry: RegistryRecord) => boolean,
): RegistryRecord | undefined {
  const askable = document.entries.filter(({ row }) => namedImageOf(row) !== null);
  const meant = askable.filter(isMeant);
  const candidates = meant.length > 0 ? meant : askable;
  const readFrom = contentSource(document)?.of;
  const isReadFrom = ({ row }: RegistryRecord) =>
    readFrom !== undefined &&
    'name' in readFrom &&
    row.type === readFrom.type &&
    row.namespace === readFrom.namespace &&
    row.name === readFrom.name &&
    row.tag === readFrom.tag;
  const [first] = candidates.toSorted(
    (a, b) =>
      Number(isReadFrom(b)) - Number(isReadFrom(a)) ||
      Number(a.variantOf !== null) - Number(b.variantOf !== null) ||
      newestFirst(a.row, b.row),
  );
  return first ?? document.entries[0];
}
