import { fitsFilters, hasAtMost, longestImageId, namedImageOf } from '../../domain/image-coordinates.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { Scan } from '../../domain/scan.js';
import { isCurrent } from './content-state.js';
import type { ContentDocument, ContentPart, ImageDocument, NotKnown, RegistryRecord } from './documents.js';

/** The entry of an image that HSS can tell the content of, and the scan that HSS's answer comes from. */
export interface ContentSource {
  of: ImageCoordinates;
  scan: Scan;
}

/**
 * Chooses the entry for the calls for content.
 * @returns null for an image whose content HSS does not know: on hosts only, no completed scan, or from JFrog.
 */
export function contentSource({ entries }: Pick<ImageDocument, 'entries'>): ContentSource | null {
  const newest = newestReadable(entries);
  const of = newest && coordinatesOf(newest);
  return newest && of ? { of, scan: newest.row.scan } : null;
}

/** The entry with the newest scan, among entries that HSS can tell the content of. */
export function newestReadable(entries: readonly RegistryRecord[]): RegistryRecord | undefined {
  let newest: RegistryRecord | undefined;
  for (const entry of entries)
    if (coordinatesOf(entry) && (newest === undefined || isNewer(entry, newest))) newest = entry;
  return newest;
}

/** Whether the sync has to read a part of the content: the part was never read, or a newer scan exists. */
export function needsReading(
  source: ContentSource,
  content: ContentDocument | undefined,
  part: ContentPart,
): boolean {
  return !isCurrent(content?.[part] ?? null, source.scan);
}

/** HSS's answer that it does not know the part. Undefined when a newer scan exists, or when HSS has not said so. */
export function notKnownOf(
  { scan }: ContentSource,
  content: ContentDocument | undefined,
  part: ContentPart,
): NotKnown | undefined {
  const told = content?.notKnown?.[part];
  return told && isCurrent(told, scan) ? told : undefined;
}

/** Whether HSS can be asked for the content of this entry once the entry is scanned. */
export function hasContentCoordinates(entry: RegistryRecord): boolean {
  return addressOf(entry) !== null;
}

function coordinatesOf(entry: RegistryRecord): ImageCoordinates | null {
  return entry.row.scan.status === 'completed' ? addressOf(entry) : null;
}

function addressOf({ row }: RegistryRecord): ImageCoordinates | null {
  const { type } = row;
  const imageId = row.imageId ?? row.digest;
  if (type === null || type === 'jfrog') return null;
  if (imageId === null || imageId.includes('/')) return null;
  if (type === 'cicd') return { imageId, type };
  const image = namedImageOf(row);
  return image && fitsFilters(image) && hasAtMost(longestImageId, imageId) ? image : null;
}

/** Entries of the image itself come before entries of one architecture, which have no scan time. */
function isNewer(a: RegistryRecord, b: RegistryRecord): boolean {
  if ((a.variantOf === null) !== (b.variantOf === null)) return a.variantOf === null;
  const [x, y] = [a.row.scan.scannedAt ?? '', b.row.scan.scannedAt ?? ''];
  return x === y ? a.rowKey < b.rowKey : x > y;
}
