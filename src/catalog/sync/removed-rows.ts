/**
 * Finds the rows that have left HSS's list where HSS counts fewer rows than the catalog knows: RowSearch narrows their
 * update times down, and a lookup by name decides about each row. Rows without an update time are left to the walk.
 */
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import { isCutShort } from '../model/deltas.js';
import { isListUnread, type ListState } from '../model/sync-state.js';
import { knownRows, recordsOf, type KnownRow } from './known-rows.js';
import type { ListPages } from './list-pages.js';
import { allUpdates, type ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import { RowSearch, type TimeRange } from './row-search.js';
import { pagesOf, type SideWork } from './schedule.js';

/** Most lookups of one range: rows whose update time has just moved are missed there as well. */
const mostLookups = 10;
/** So many searches in a row may find nothing. After that comes a pause: three times the last one, and at least this long. */
const mostVain = 2;
const vainPauseMs = 5 * 60_000;
const vainShare = 3;
/** The totals of a search that has not asked for so long tell nothing any more. */
const oldAfterMs = 5 * 60_000;

export interface RemovedRowsParts {
  replica: Replica;
  pages: ListPages;
  clock: Clock;
}

interface Search {
  ranges: RowSearch;
  surplus: number;
  startedAt: number;
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
    private readonly parts: RemovedRowsParts,
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
    const search = (this.#search = await this.#running());
    const { asked } = search.ranges;
    if (asked) await this.#ask(search, asked, signal);
    else this.#end(search);
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.requests.name];
  }

  async #running(): Promise<Search> {
    const now = this.parts.clock.now();
    if (this.#search && now - this.#search.askedAt < oldAfterMs) return this.#search;
    // After a search in vain the rows that HSS lacks may be rows without an update time.
    const ranges = new RowSearch(allUpdates(now), await this.#knownTimes(), this.#vain === 0);
    return { ranges, surplus: surplusOf(this.#state), startedAt: now, askedAt: now };
  }

  async #ask(search: Search, range: TimeRange, signal: AbortSignal): Promise<void> {
    const { requests, lookups, parts } = this;
    const list = requests.updatedWithin(range);
    const { rows, total, isLast, met } = await parts.pages.take(requests.name, list, 0, signal);
    search.askedAt = parts.clock.now();
    const isWhole = isLast && total !== null && rows.length >= total;
    search.ranges.answered({ total, isWhole }, await this.#knownTimes());
    if (!isWhole) return;
    const missed = (await this.#knownIn(range)).filter(({ hash }) => !met.has(hash));
    lookups.add(lookups.of(missed), mostLookups);
  }

  /** Update times (ms) of all known rows, in ascending order. */
  async #knownTimes(): Promise<number[]> {
    const times: number[] = [];
    for await (const slice of this.parts.replica.store.documents())
      for (const { image } of slice)
        for (const record of recordsOf(this.requests.name, image)) times.push(updatedAt(record) ?? NaN);
    return times.filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
  }

  async #knownIn({ from, to }: TimeRange): Promise<KnownRow[]> {
    const rows: KnownRow[] = [];
    const isWithin = (record: Pick<KnownRow, 'row'>) => {
      const time = updatedAt(record);
      return time !== null && time >= from && time <= to;
    };
    for await (const slice of knownRows(this.requests.name, this.parts.replica.store, isWithin))
      rows.push(...slice);
    return rows;
  }

  /** Another search begins at once where rows have left the catalog, or where few searches were in vain. */
  #end({ startedAt, surplus }: Search): void {
    const now = this.parts.clock.now();
    this.#search = undefined;
    this.#endedAt = now;
    this.#vain = surplusOf(this.#state) < surplus ? 0 : this.#vain + 1;
    const pauseMs = Math.max(vainPauseMs, vainShare * (now - startedAt));
    this.#notBefore = this.#vain > mostVain ? now + pauseMs : now;
  }
}

/**
 * By how many rows the catalog knows more than HSS counts. Rows that came after the count do not count. Rows that look
 * alike can be anywhere, so a list with such rows has no surplus.
 */
function surplusOf({ total, rows, rowsThen = rows, duplicates }: ListState): number {
  return total === null || duplicates > 0 ? 0 : Math.max(0, Math.min(rows, rowsThen) - total);
}

/** Whether searches take fewer calls than a walk: for each row about one for each halving, and two more. */
function isCheap(state: ListState): boolean {
  const surplus = surplusOf(state);
  const pages = pagesOf(state.rows);
  return surplus > 0 && surplus * (Math.log2(pages) + 2) < pages;
}

function updatedAt({ row }: { row: Pick<KnownRow['row'], 'updatedAt'> }): number | null {
  return row.updatedAt === null ? null : Date.parse(row.updatedAt);
}
