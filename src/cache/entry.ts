import { parseJson, stringifyJson } from '../json/lossless.js';

/** One stored answer. All times are wall times in ms by the clock of the instance that stored it. */
export interface Entry<T = unknown> {
  value: T;
  fetchedAt: number;
  /** Up to here it is served as it is. */
  freshUntil: number;
  /** Up to here it is kept, to be served as stale when HSS cannot answer. */
  keepUntil: number;
}

/** How long a value lives. */
export interface Lifetime {
  freshMs: number;
  /** After the fresh life. */
  staleMs: number;
}

export function newEntry<T>(value: T, fetchedAt: number, lifetime: Lifetime): Entry<T> {
  const freshUntil = fetchedAt + lifetime.freshMs;
  return { value, fetchedAt, freshUntil, keepUntil: freshUntil + lifetime.staleMs };
}

export function isFresh(entry: Entry, now: number): boolean {
  return now < entry.freshUntil;
}

/** The form in Redis: `fetchedAt freshUntil keepUntil` on a line of its own, then the value as JSON. */
export function encodeEntry(entry: Entry): string {
  return `${entry.fetchedAt} ${entry.freshUntil} ${entry.keepUntil}\n${stringifyJson(entry.value)}`;
}

/** @returns undefined for what is no entry: unreadable bytes are a miss, never an error. */
export function decodeEntry(text: string): Entry | undefined {
  const [, fetchedAt, freshUntil, keepUntil] = /^(\d{1,15}) (\d{1,15}) (\d{1,15})\n/.exec(text) ?? [];
  if (fetchedAt === undefined) return undefined;
  try {
    return {
      value: parseJson(text.slice(text.indexOf('\n') + 1)),
      fetchedAt: Number(fetchedAt),
      freshUntil: Number(freshUntil),
      keepUntil: Number(keepUntil),
    };
  } catch {
    return undefined;
  }
}
