/**
 * Finds the rows that have left HSS's list where HSS counts fewer rows than the catalog knows: RowSearch narrows their
 * update times down, and a lookup by name decides about each row. Rows without an update time are left to the walk.
 */
import { isCutShort } from '../model/deltas.js';
import { isListUnread, type ListState } from '../model/sync-state.js';
import { knownRows, recordsOf, type KnownRow } from './known-rows.js';
import type { ListParts } from './list-parts.js';
import { timesSince, type ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import { RowSearch, type TimeRange } from './row-search.js';
import { pagesOf, type SideWork } from './schedule.js';

/** Most lookups of one range: rows whose update time has just moved are missed there as well. */
const mostLookups = 10;
/** So many searches in a row may find nothing. After that comes a pause. */
const mostVain = 2;
const vainPauseMs = 15 * 60_000;
/** The totals of a search that has not asked for so long tell nothing any more. */
const oldAfterMs = 5 * 60_000;

interface Search {
  ranges: RowSearch;
  /** Rows that an answer lacked, and that are looked up. */
  missed: KnownRow[];
  askedAt: number;
}

export class RemovedRows implements SideWork {
  #search: Search | undefined;
  #vain = 0;
  /** A search needs a count of HSS that is younger than the search before. */
  #endedAt = -Infinity;
  #notBefore = -Infinity;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: Pick<ListParts, 'replica' | 'pages' | 'clock'>,
  ) {}

  /** Wall time from which the search has a call to make. Infinity: the catalog knows of no removed row. */
  get dueAt(): number {
    const state = this.#state;
    if (state.walkedAt === null || isListUnread(state) || isCutShort(state) || !isCheap(state))
      return Infinity;
    if (this.#search) return 0;
    return (state.countedAt ?? -Infinity) > this.#endedAt ? this.#notBefore : Infinity;
  }

  /** Makes at most one call of HSS. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const search = (this.#search ??= await this.#begin());
    const isOld = this.parts.clock.now() - search.askedAt >= oldAfterMs;
    const { asked } = search.ranges;
    if (asked && !isOld) await this.#ask(search, asked, signal);
    else this.#end(search);
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.requests.name];
  }

  async #begin(): Promise<Search> {
    const now = this.parts.clock.now();
    // After a search in vain the rows that HSS lacks may be rows without an update time.
    const ranges = new RowSearch(timesSince(0, now), await this.#knownTimes(), this.#vain === 0);
    return { ranges, missed: [], askedAt: now };
  }

  async #ask(search: Search, range: TimeRange, signal: AbortSignal): Promise<void> {
    const { requests, lookups, parts } = this;
    const list = requests.changed('updates', range);
    const { rows, total, isLast, met } = await parts.pages.take(requests.name, list, 0, signal);
    search.askedAt = parts.clock.now();
    const isWhole = isLast && total !== null && rows.length >= total;
    search.ranges.answered({ total, isWhole }, await this.#knownTimes());
    if (!isWhole) return;
    search.missed = await knownRows(requests.name, parts.replica.store, (record, hash) => {
      const time = updatedAt(record) ?? NaN;
      return time >= range.from && time <= range.to && !met.has(hash());
    });
    lookups.add(lookups.of(search.missed), mostLookups);
  }

  /** Update times (ms) of all known rows, in ascending order. */
  async #knownTimes(): Promise<number[]> {
    const times: number[] = [];
    for await (const slice of this.parts.replica.store.documents())
      for (const { image } of slice)
        times.push(...recordsOf(this.requests.name, image).flatMap((record) => updatedAt(record) ?? []));
    return times.sort((a, b) => a - b);
  }

  /** Another search begins at once, unless several have taken no row out of the catalog. */
  #end({ missed }: Search): void {
    const { requests, parts } = this;
    const isGone = ({ key, rowKey }: KnownRow) => {
      const image = parts.replica.store.document(key);
      return !image || recordsOf(requests.name, image).every((record) => record.rowKey !== rowKey);
    };
    const now = parts.clock.now();
    this.#search = undefined;
    this.#endedAt = now;
    this.#vain = missed.some(isGone) ? 0 : this.#vain + 1;
    this.#notBefore = this.#vain > mostVain ? now + vainPauseMs : now;
  }
}

/**
 * By how many rows the catalog knows more than HSS counts. Rows that came after the count do not count. Rows that look
 * alike can be anywhere, so a list with such rows has no surplus.
 */
function surplusOf({ total, rows, rowsThen = rows, duplicates }: ListState): number {
  return total === null || duplicates > 0 ? 0 : Math.max(0, Math.min(rows, rowsThen) - total);
}

/**
 * Whether searches are likely to take fewer calls than a walk. Rows that leave together often share a name, as the rows
 * of one image on many hosts, or have near update times: one search finds them.
 */
function isCheap(state: ListState): boolean {
  const surplus = surplusOf(state);
  const pages = pagesOf(state.rows);
  return surplus > 0 && surplus * (Math.log2(Math.max(1, pages / surplus)) + 1) < pages;
}

function updatedAt({ row }: { row: Pick<KnownRow['row'], 'updatedAt'> }): number | null {
  return row.updatedAt === null ? null : Date.parse(row.updatedAt);
}
