/** One stored answer. All times are wall times in ms by the clock of the instance that stored it. */
export interface Entry<T = unknown> {
  value: T;
  fetchedAt: number;
  /** Up to here it is served as it is. Drawn a little before the end of its full life. */
  freshUntil: number;
  /** Up to here it is kept, to be served as stale. */
  keepUntil: number;
  /** The full fresh life, as set. */
  lifeMs: number;
  /** What a purge can name it by, besides its key. */
  tags: readonly string[];
  /** Purges up to this one were known when it was asked for. */
  generation: number;
  /** Of two values of one key the one with the larger fence is the newer. Redis's time in µs at the call. */
  fence: number;
}

/** How long a value lives. */
export interface Lifetime {
  freshMs: number;
  /** After the fresh life. */
  staleMs: number;
}

/** Lives are drawn from this share of the setting up to all of it, so that what came together does not end together. */
const leastShare = 0.9;

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
