import type { FieldError } from '../../http/problem.js';
import { timeToMs } from '../../http/time.js';

/** The pairs of time filters that a list has, each with HSS's name of the time. */
const hssNames = {
  updated: 'latest_update_time',
  scanned: 'latest_scan_time',
  synced: 'latest_sync_time',
} as const;
type Pair = keyof typeof hssNames;
type TimeQuery = { readonly [Field in `${Pair}${'After' | 'Before'}`]?: string };

/** The time filters of one request in HSS's form, in ms. HSS accepts pairs only. */
export interface TimeFilters {
  query: Record<string, string>;
  /** The ends that the consumer left open. See `HssList.openEnds`. */
  openEnds: string[];
}

/**
 * Checks the pairs of time filters of one request. A missing start is 0. A missing end is the moment of the call, so
 * the end stays open here: the moment of the request would give the same question another cache key each time.
 * @param mayBeEqual false for the local list, which requires start < end; true for the registry list (start ≤ end).
 * @param now wall time in ms.
 * @param errors receives the faults of the pairs.
 */
export function timeFilters(
  given: TimeQuery,
  mayBeEqual: boolean,
  now: number,
  errors: FieldError[],
): TimeFilters {
  const filters: TimeFilters = { query: {}, openEnds: [] };
  for (const [pair, hssName] of Object.entries(hssNames) as [Pair, string][]) {
    const [after, before] = [given[`${pair}After`], given[`${pair}Before`]];
    if (after === undefined && before === undefined) continue;
    const start = after === undefined ? 0n : timeToMs(after);
    const end = before === undefined ? BigInt(now) : timeToMs(before);
    if (start === undefined || end === undefined) continue; // The DTO reports an unreadable time.
    if (start > end || (start === end && !mayBeEqual)) {
      const limit = before === undefined ? 'now' : `${pair}Before`;
      const message = `must be ${mayBeEqual ? 'at or before' : 'before'} ${limit}`;
      errors.push({ field: `${pair}After`, message });
    }
    filters.query[`start_${hssName}`] = String(start);
    if (before === undefined) filters.openEnds.push(`end_${hssName}`);
    else filters.query[`end_${hssName}`] = String(end);
  }
  return filters;
}
