/**
 * Unread rows: rows that a purge has named and that nothing has read since. An unread row keeps identity, coordinates
 * and hosts, so that the image is found. All that HSS had judged is gone. Only this file knows how documents say so.
 */
import { plainDigest } from '../../domain/digest.js';
import { noFindingCounts } from '../../domain/finding-counts.js';
import type { Scan } from '../../domain/scan.js';
import { contentParts } from './documents.js';
import type { ContentDocument, ContentPart, HostRecord, ImageDocument, RegistryRecord } from './documents.js';
import { namesNothing, type PurgedNames } from './purged-names.js';

/** The `readAt` of an unread row. */
const never = 0;
const unknownScan: Scan = { status: null, scannedAt: null, failure: null };

export function isUnreadRow({ readAt }: Pick<RegistryRecord, 'readAt'>): boolean {
  return readAt === never;
}

/** Whether a row of the image is unread, so that HSS must be asked before the image counts as known. */
export function isUnread({ entries, onHosts }: Pick<ImageDocument, 'entries' | 'onHosts'>): boolean {
  return entries.some(isUnreadRow) || onHosts.some(isUnreadRow);
}

/** @returns the image with the named rows unread; the same object when nothing in it is named. */
export function withoutPurgedRows(document: ImageDocument, names: PurgedNames): ImageDocument {
  if (namesNothing(names)) return document;
  const { lists, images } = names;
  const isNamed = isNamedImage(document, images);
  const entries = document.entries.map((record) =>
    lists.has('registry') || isNamed || isOfNamedRow(record, images) ? unreadEntry(record) : record,
  );
  const onHosts = lists.has('local') || isNamed ? document.onHosts.map(unreadHost) : document.onHosts;
  const isSame =
    entries.every((record, at) => record === document.entries[at]) &&
    onHosts.every((record, at) => record === document.onHosts[at]);
  return isSame ? document : { ...document, entries, onHosts };
}

/** @returns the content without the named parts; the same object when it has none of them. */
export function withoutPurgedContent(
  content: ContentDocument,
  document: ImageDocument,
  names: PurgedNames,
): ContentDocument {
  const isNamed = isNamedImage(document, names.images);
  const isGone = (part: ContentPart) => isNamed || names.contents.has(part);
  const { notKnown = {}, ...read } = content;
  const gone = contentParts.filter((part) => isGone(part) && (read[part] ?? notKnown[part]));
  if (gone.length === 0) return content;
  const told = contentParts.filter((part) => !isGone(part) && notKnown[part]);
  return {
    ...read,
    baseOs: isGone('baseOs') ? null : read.baseOs,
    files: isGone('files') ? null : read.files,
    ...(told.length > 0 ? { notKnown: Object.fromEntries(told.map((part) => [part, notKnown[part]])) } : {}),
  };
}

/** Whether the purges name the image by its key, an id or a digest. */
export function isNamedImage(
  { key, entries, onHosts }: Pick<ImageDocument, 'key' | 'entries' | 'onHosts'>,
  images: PurgedNames['images'],
): boolean {
  if (images.size === 0) return false;
  return images.has(key) || [...entries, ...onHosts].some(({ row }) => isNamedRow(row, images));
}

/** Whether the purges name one of the ids of a row of HSS. */
export function isNamedRow(
  { imageId, digest }: { imageId: string | null; digest: string | null },
  images: PurgedNames['images'],
): boolean {
  return [imageId, digest].some((id) => id !== null && images.has(plainDigest(id)));
}

/** One row of HSS tells of a multi-architecture image and its architectures: all of them are unread together. */
function isOfNamedRow({ variantOf, row }: RegistryRecord, images: PurgedNames['images']): boolean {
  if (images.size === 0) return false;
  return (
    (variantOf !== null && images.has(variantOf)) ||
    row.variants.some((variant) => isNamedRow(variant, images))
  );
}

function unreadEntry(record: RegistryRecord): RegistryRecord {
  if (isUnreadRow(record)) return record;
  const variants = record.row.variants.map((variant) => ({
    ...variant,
    scanStatus: null,
    findingCounts: noFindingCounts,
  }));
  const row = {
    ...record.row,
    severity: null,
    scan: unknownScan,
    findingCounts: noFindingCounts,
    scannable: null,
    variants,
  };
  return { ...record, readAt: never, row };
}

function unreadHost(record: HostRecord): HostRecord {
  if (isUnreadRow(record)) return record;
  const row = {
    ...record.row,
    severity: null,
    scan: unknownScan,
    findingCounts: noFindingCounts,
    componentCount: null,
    notScannableReason: null,
  };
  return { ...record, readAt: never, row };
}
