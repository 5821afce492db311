import { fitsFilters, hasAtMost, longestImageId, namedImageOf } from '../../domain/image-coordinates.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { Scan } from '../../domain/scan.js';
import { isCurrent } from './content-state.js';
import type { ContentDocument, ImageDocument, RegistryRecord } from './documents.js';

/** Which entry of an image HSS can be asked about, and the scan that it will answer from. */
export interface ContentSource {
  of: ImageCoordinates;
  scan: Scan;
}

/** @returns null for an image whose content HSS does not know: on hosts only, not scanned through, or of JFrog. */
export function contentSource({ entries }: Pick<ImageDocument, 'entries'>): ContentSource | null {
  let newest: RegistryRecord | undefined;
  for (const entry of entries)
    if (coordinatesOf(entry) && (newest === undefined || isNewer(entry, newest))) newest = entry;
  const of = newest && coordinatesOf(newest);
  return newest && of ? { of, scan: newest.row.scan } : null;
}

/** Whether a part of the content has to be read: it was not, or its image was scanned again since. */
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

/** Entries of the image itself before those of one architecture, which do not say when they were scanned. */
function isNewer(a: RegistryRecord, b: RegistryRecord): boolean {
  if ((a.variantOf === null) !== (b.variantOf === null)) return a.variantOf === null;
  const [x, y] = [a.row.scan.scannedAt ?? '', b.row.scan.scannedAt ?? ''];
  return x === y ? a.rowKey < b.rowKey : x > y;
}
