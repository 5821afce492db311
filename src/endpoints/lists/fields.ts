import type { FindingCounts } from '../../domain/finding-counts.js';
import { isRecord, type RawRow } from '../../hss/envelope.js';
import { toInteger, type Integer } from '../../json/lossless.js';

/**
 * Reads single fields of HSS rows for the endpoints. The readers accept every value that HSS sends and return
 * values of one type only. An absent, null, empty or unreadable field becomes null.
 */

/** With the flag `u`, `\p{Cs}` matches no pair of surrogates, only a half without its other half. */
const unstorable = /[\0\p{Cs}]/gu;

/**
 * The one door for HSS's text. A half of a surrogate pair cannot be encoded, and the catalog's tables end a word at
 * NUL: U+FFFD replaces both.
 */
export function text(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value.replace(unstorable, '\ufffd');
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

/** Milliseconds since 1970 as RFC 3339 in UTC. HSS sends 0 for "never". */
export function time(value: unknown): string | null {
  const ms = toInteger(value);
  return typeof ms === 'number' && ms > 0 && ms < year10000 ? new Date(ms).toISOString() : null;
}

export function rows(value: unknown): RawRow[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** HSS's rows name the three counters alike. */
export function findingCounts(raw: RawRow): FindingCounts {
  return {
    vulnerabilities: integer(raw['vul_num']),
    unsafeSettings: integer(raw['unsafe_setting_num']),
    maliciousFiles: integer(raw['malicious_file_num']),
  };
}
