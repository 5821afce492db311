import { fitsFilters, hasAtMost, longestImageId, namedImageOf } from '../../domain/image-coordinates.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { Scan } from '../../domain/scan.js';
import { isCurrent } from './content-state.js';
import type { ContentDocument, ImageDocument, RegistryRecord } from './documents.js';

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
  let newest: RegistryRecord | undefined;
  for (const entry of entries)
    if (coordinatesOf(entry) && (newest === undefined || isNewer(entry, newest))) newest = entry;
  const of = newest && coordinatesOf(newest);
  return newest && of ? { of, scan: newest.row.scan } : null;
}

/** Whether the sync has to read a part of the content: the part was never read, or a newer scan exists. */
export function needsReading(
  source: ContentSource,
  content: ContentDocument | undefined,
  part: 'baseOs' | 'files',
): boolean {
  return !isCurrent(content?.[part] ?? null, source.scan);
}

function coordinatesOf({ row }: RegistryRecord): ImageCoordinates | null {
  const { type, scan } = row;
  const imageId = row.imageId ?? row.digest;
  if (scan.status !== 'completed' || type === null || type === 'jfrog') return null;
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
