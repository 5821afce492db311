import type { FieldError } from '../../http/problem.js';
import { timeToMs } from '../../http/time.js';

/** A filter on a time in HSS's form: both ends, in ms. */
export interface TimeRange {
  start: string;
  end: string;
}

const minuteMs = 60_000n;

/**
 * Completes and checks one pair of time filters. HSS accepts pairs only. A missing start is 0. A missing end is now,
 * rounded up to the minute, so that requests of one minute share a cache entry.
 * @param field the pair's name, such as `updated` for `updatedAfter` and `updatedBefore`.
 * @param mayBeEqual false for the local list, which requires start < end; true for the registry list (start ≤ end).
 * @param now wall time in ms.
 */
export function timeRange(
  field: string,
  after: string | undefined,
  before: string | undefined,
  mayBeEqual: boolean,
  now: number,
  errors: FieldError[],
): TimeRange | undefined {
  if (after === undefined && before === undefined) return undefined;
  const start = after === undefined ? 0n : timeToMs(after);
  const end = before === undefined ? ((BigInt(now) + minuteMs - 1n) / minuteMs) * minuteMs : timeToMs(before);
  if (start === undefined || end === undefined) return undefined; // The DTO reports an unreadable time.
  if (start > end || (start === end && !mayBeEqual)) {
    const limit = before === undefined ? 'now' : `${field}Before`;
    errors.push({
      field: `${field}After`,
      message: `must be ${mayBeEqual ? 'at or before' : 'before'} ${limit}`,
    });
  }
  return { start: String(start), end: String(end) };
}
