import type { Lifetime } from '../../cache/entry.js';
import { isUnsettled, type Scan } from '../../domain/scan.js';
import type { ListBlock } from './hss-list.js';
import type { Lifetimes } from './lifetimes.js';

/**
 * How long the cache keeps the files and the base OS of an image. Content does not change until the next scan. So
 * content lives long when the scan is known to be complete, or when the scan is not known and HSS's answer has
 * content. An empty answer can change at any moment, and so can the content of an image that HSS has not finished
 * scanning.
 */
export function contentLifetime(
  block: ListBlock<unknown>,
  scan: Scan | undefined,
  lifetimes: Lifetimes,
): Lifetime {
  if (scan && isUnsettled(scan)) return lifetimes.unsettled;
  return scan?.status === 'completed' || block.rows.length > 0 ? lifetimes.content : lifetimes.unsettled;
}
