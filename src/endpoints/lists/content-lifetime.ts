import type { Lifetime } from '../../cache/entry.js';
import type { Lifetimes } from '../../injection-tokens.js';
import type { Rows } from './hss-list.js';
import { isUnsettled, type Scan } from '../../domain/scan.js';

/**
 * How long files and base OS live. They do not change until the next scan, so they live long once the scan is
 * known to be complete, or when nothing is known of it and HSS had content to show. An empty answer, or one of an
 * image that HSS has not finished with, may change at any moment.
 */
export function contentLifetime(rows: Rows<unknown>, scan: Scan | undefined, lifetimes: Lifetimes): Lifetime {
  if (scan && isUnsettled(scan)) return lifetimes.unsettled;
  return scan?.status === 'completed' || rows.rows.length > 0 ? lifetimes.content : lifetimes.unsettled;
}
