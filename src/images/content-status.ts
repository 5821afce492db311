import type { Freshness } from '../endpoints/lists/freshness.js';
import { isUnsettled, type Scan } from '../domain/scan.js';
import type { ImageView } from './image-lookup.js';
import type { Part } from './part.js';

export const isEmptyList = (rows: readonly unknown[]) => rows.length === 0;
export const hasNoItems = ({ items }: { items: readonly unknown[] }) => items.length === 0;

export function showsNothing<T>(part: Part<T> | undefined, isEmpty: (value: T) => boolean): boolean {
  return part !== undefined && 'value' in part && isEmpty(part.value);
}

/** How the image's scan stands, where the image part tells. */
export function knownScan(
  image: Part<ImageView> | undefined,
): { scan: Scan; freshness: Freshness } | undefined {
  if (!image || !('value' in image) || !image.value.scan || !image.freshness) return undefined;
  return { scan: image.value.scan, freshness: image.freshness };
}

/**
 * Content in the light of the scan. That of an image whose scan is not through is `pending`, whatever HSS had to
 * show: an empty list would read as clean. The same for an empty list of an image whose scan failed; and when it
 * could not be learned how the scan stands, an empty list says nothing at all.
 */
export function withScanStatus<T>(
  part: Part<T>,
  image: Part<ImageView> | undefined,
  isEmpty: (value: T) => boolean,
): Part<T> {
  const isBlank = showsNothing(part, isEmpty);
  if (isBlank && image?.status === 'failed') return image;
  const known = knownScan(image);
  if (!known || known.scan.status === null) return part;
  const isDone = known.scan.status === 'completed';
  if (!isUnsettled(known.scan) && (isDone || !isBlank)) return part;
  return { status: 'pending', freshness: known.freshness };
}
