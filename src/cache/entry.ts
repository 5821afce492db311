/** One stored answer. All times are wall times in ms, by the clock that all instances share (FleetClock). */
export interface Entry<T = unknown> {
  value: T;
  /** The time at which the value's owner, such as HSS, was asked for the value. */
  fetchedAt: number;
  /** End of the fresh life: a random moment shortly before the end of the full life. */
  freshUntil: number;
  /** End of the time for which the entry is kept, to be served as stale. */
  keepUntil: number;
  /** The full fresh life, before the random shortening. */
  lifeMs: number;
  /** Names by which a purge finds the entry, besides its key. */
  tags: readonly string[];
  /** Number of the last purge that was known when the value was asked for. */
  generation: number;
  /** Redis's time in µs when the value was asked for. The newer of two values of one key has the larger fence. */
  fence: number;
}

/** The part of an entry that tells whether an answer made from the entry is void. */
export type EntryHead = Pick<Entry, 'fence' | 'tags' | 'generation'>;

/** How long a value lives. */
export interface Lifetime {
  freshMs: number;
  /** How long the value is kept after its fresh life. */
  staleMs: number;
}

/** A fresh life lasts a random 90 to 100 % of the setting, so that values stored together do not end together. */
const leastShare = 0.9;

/** The shortest fresh life that the random shortening leaves. */
export function leastFreshMs(freshMs: number): number {
  return freshMs * leastShare;
}

/** @param random in [0, 1). */
export function newEntry<T>(
  value: T,
  fetchedAt: number,
  { freshMs, staleMs }: Lifetime,
  random: () => number,
  origin: Pick<Entry, 'tags' | 'generation' | 'fence'>,
): Entry<T> {
  const freshUntil = fetchedAt + Math.round(freshMs * (1 - (1 - leastShare) * random()));
  return { value, fetchedAt, freshUntil, keepUntil: freshUntil + staleMs, lifeMs: freshMs, ...origin };
}

export function isFresh(entry: Entry, now: number): boolean {
  return now < entry.freshUntil;
}

/** The clocks of two instances that follow one Redis differ by less than this. */
const mostSkewMs = 1_000;

/** Whether a time lies in the future, so that a wrong clock has told it. */
export function isAhead(at: number, now: number): boolean {
  return at - now > mostSkewMs;
}

/**
 * The entry with times that are possible now. An entry from the future was stored by a wrong clock, so its age is not
 * known: the entry counts as fetched now, and its fresh life as over.
 */
export function upTo<T>(now: number, entry: Entry<T>): Entry<T> {
  const { fetchedAt, keepUntil } = entry;
  if (!isAhead(fetchedAt, now)) return entry;
  return { ...entry, fetchedAt: now, freshUntil: now, keepUntil: keepUntil - (fetchedAt - now) };
}

/** The entry after the clock was set by `byMs`. */
export function shifted<T>(entry: Entry<T>, byMs: number): Entry<T> {
  const { fetchedAt, freshUntil, keepUntil } = entry;
  return {
    ...entry,
    fetchedAt: fetchedAt + byMs,
    freshUntil: freshUntil + byMs,
    keepUntil: keepUntil + byMs,
  };
}
