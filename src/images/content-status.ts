import type { Freshness } from '../endpoints/lists/freshness.js';
import { isUnsettled, type Scan } from '../domain/scan.js';
import type { ImageView } from './image-lookup.js';
import type { Part } from './part.js';

export const isEmptyList = (rows: readonly unknown[]) => rows.length === 0;
export const hasNoItems = ({ items }: { items: readonly unknown[] }) => items.length === 0;

export function showsNothing<T>(part: Part<T> | undefined, isEmpty: (value: T) => boolean): boolean {
  return part !== undefined && 'value' in part && isEmpty(part.value);
}

/** The scan of the image, when the image part tells it. */
export function knownScan(
  image: Part<ImageView> | undefined,
): { scan: Scan; freshness: Freshness } | undefined {
  if (!image || !('value' in image) || !image.value.scan || !image.freshness) return undefined;
  return { scan: image.value.scan, freshness: image.freshness };
}

/**
 * The status of content also depends on the scan of the image:
 * - Content is `pending` while the scan is not complete, even when HSS has rows. An empty list would look clean.
 * - An empty list is `pending` when the scan failed.
 * - An empty list has the failure of the image part when the scan could not be read, because the list alone does not
 *   show that the image is clean.
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
