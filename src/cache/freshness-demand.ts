import { isAhead, isFresh, type Entry } from './entry.js';

/**
 * How fresh an entry must be for a consumer: request directives of RFC 9111, and a walk's mark. An empty demand
 * requires a fresh entry.
 */
export interface FreshnessDemand {
  /**
   * No stale value satisfies the demand, even if the other fields allow one. For gates that must fail closed. With
   * `maxAgeMs` beside it, that age counts instead of the fresh life.
   */
  mustBeFresh?: boolean;
  /** `max-age=N` in ms. */
  maxAgeMs?: number;
  /** `max-stale=N` in ms beyond the fresh life. */
  maxStaleMs?: number;
  /** `only-if-cached`: HSS is not asked. */
  onlyIfCached?: boolean;
  /**
   * Entries fetched at or after this wall time satisfy, even past their fresh life, for a quarter of an hour: the mark
   * of a walk.
   */
  fetchedSince?: number;
}

/**
 * A value younger than this satisfies any max-age. Otherwise `max-age=1` in a loop would spend the fleet's budget on
 * answers that cannot have changed.
 */
const youngEnoughMs = 10_000;

/**
 * A walk's mark accepts no older value than this. A consumer that got a 304 for the first page has a `next` with an old
 * mark.
 */
const oldestOfWalkMs = 15 * 60_000;

/** Whether a value that was fetched at this wall time (ms) satisfies `max-age`. A time in the future satisfies none. */
export function isYoungEnough(fetchedAt: number, maxAgeMs: number, now: number): boolean {
  return !isAhead(fetchedAt, now) && now - fetchedAt <= Math.max(maxAgeMs, youngEnoughMs);
}

/** The largest age in ms that `max-age` allows. Infinity: the demand names none. */
export function oldestMs({ maxAgeMs }: FreshnessDemand): number {
  return maxAgeMs === undefined ? Infinity : Math.max(maxAgeMs, youngEnoughMs);
}

export function satisfies(entry: Entry, demand: FreshnessDemand, now: number): boolean {
  if (demand.maxAgeMs !== undefined && !isYoungEnough(entry.fetchedAt, demand.maxAgeMs, now)) return false;
  if (demand.mustBeFresh && demand.maxAgeMs !== undefined) return true;
  if (isFresh(entry, now)) return true;
  if (isOfWalk(entry, demand, now)) return true;
  return demand.maxStaleMs !== undefined && now < entry.freshUntil + demand.maxStaleMs;
}

function isOfWalk({ fetchedAt }: Entry, { fetchedSince }: FreshnessDemand, now: number): boolean {
  return fetchedSince !== undefined && fetchedAt >= fetchedSince && now - fetchedAt <= oldestOfWalkMs;
}

/** Whether an entry that does not satisfy the demand may still stand in when HSS cannot answer. */
export function mayStandIn(entry: Entry, demand: FreshnessDemand, now: number): boolean {
  return demand.maxAgeMs === undefined && !demand.mustBeFresh && now < entry.keepUntil;
}
