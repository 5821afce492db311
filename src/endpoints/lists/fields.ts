import type { FindingCounts } from '../../domain/finding-counts.js';
import { isRecord, type RawRow } from '../../hss/envelope.js';
import { toInteger, type Integer } from '../../json/lossless.js';

/**
 * Reads single fields of HSS rows: lenient about what HSS sends, strict about what comes out. Absent, null,
 * empty and unreadable are all null.
 */

export function text(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null;
}

export function integer(value: unknown): Integer | null {
  return toInteger(value);
}

export function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : null;
}

const year10000 = 253_402_300_800_000;

/** Milliseconds since 1970 as RFC 3339 in UTC; 0 is how HSS says "never". */
export function time(value: unknown): string | null {
  const ms = toInteger(value);
  return typeof ms === 'number' && ms > 0 && ms < year10000 ? new Date(ms).toISOString() : null;
}

export function rows(value: unknown): RawRow[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The three counters have the same names in every row that has them. */
export function findingCounts(raw: RawRow): FindingCounts {
  return {
    vulnerabilities: integer(raw['vul_num']),
    unsafeSettings: integer(raw['unsafe_setting_num']),
    maliciousFiles: integer(raw['malicious_file_num']),
  };
}
