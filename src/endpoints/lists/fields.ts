import type { FindingCounts } from '../../domain/finding-counts.js';
import { isRecord, type RawRow } from '../../hss/envelope.js';
import { toInteger, type Integer } from '../../json/lossless.js';

/**
 * Reads single fields of HSS rows for the endpoints. The readers accept every value that HSS sends and return
 * values of one type only. An absent, null, empty or unreadable field becomes null.
 */

/** Longer than every name, path and description that HSS documents, in UTF-16 units. */
const longestText = 4_096;
/** With the flag `u`, `\p{Cs}` matches no pair of surrogates, only a half without its other half. */
const unstorable = /[\0\p{Cs}]/gu;
const replacement = '\ufffd';

/**
 * The one door for the text of HSS's rows. A half of a surrogate pair cannot be encoded, and the catalog's tables end a
 * word at NUL: U+FFFD replaces both. An absurdly long text is cut, with U+FFFD at its end, because each copy of the
 * row would take seconds of the event loop.
 */
export function text(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : storable(value);
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null;
}

function storable(value: string): string {
  const whole = value.length <= longestText ? value : value.slice(0, longestText - 1) + replacement;
  return whole.replace(unstorable, replacement);
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
