/**
 * Finds the rows that have left HSS's list where HSS counts fewer rows than the catalog knows: RowSearch narrows down
 * the range of their update times, and a lookup by name decides about each row. Rows without an update time are left to
 * the walk.
 */
import { isAhead } from '../../cache/entry.js';
import { UpstreamError } from '../../hss/errors.js';
import { isCutShort } from '../model/deltas.js';
import { isListUnread, type ListState } from '../model/sync-state.js';
import { knownRows, recordsOf, type KnownRow } from './known-rows.js';
import type { ListParts } from './list-parts.js';
import { timesSince, type ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import { RowSearch, type TimeRange } from './row-search.js';
import { afterPause, pagesOf, refusedPauseMs, type SideWork } from './schedule.js';

/** The largest number of lookups for one range: rows whose update time has just moved are missed there as well. */
const mostLookups = 10;
/** This number of searches in a row may find nothing. After that comes a pause, as after a call that HSS has refused. */
const mostVain = 2;
/** HSS counts the rows about once a minute. A search that has found rows waits this long for the next count. */
const countWithinMs = 2 * 60_000;
/** The totals of a search that has asked nothing for this long are too old to use. */
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
    if (!this.#isUseful) return Infinity;
    if (this.#search) return 0;
    return this.#isCountNew ? afterPause(this.#notBefore, this.parts.clock.now()) : Infinity;
  }

  /** A search has a call to make, or the search after one that has found rows waits for HSS's next count. */
  get isSearching(): boolean {
    const now = this.parts.clock.now();
    const waits = !this.#isCountNew && this.#vain === 0 && now < this.#endedAt + countWithinMs;
    return this.dueAt <= now || (this.#isUseful && waits);
  }

  /** Makes at most one call of HSS. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const search = (this.#search ??= await this.#begin());
    const isOld = this.parts.clock.now() - search.askedAt >= oldAfterMs;
    const { asked } = search.ranges;
    if (!asked || isOld) this.#end(search);
    else await this.#ask(search, asked, signal).catch((error: unknown) => this.#giveUp(error));
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.requests.name];
  }

  get #isUseful(): boolean {
    const state = this.#state;
    return state.walkedAt !== null && !isListUnread(state) && !isCutShort(state) && isCheap(state);
  }

  get #isCountNew(): boolean {
    // An end in the future was noted before the clock was set back.
    const isEndAhead = isAhead(this.#endedAt, this.parts.clock.now());
    return isEndAhead || (this.#state.countedAt ?? -Infinity) > this.#endedAt;
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
        for (const record of recordsOf(this.requests.name, image)) {
          const time = updatedAt(record);
          if (time !== null) times.push(time);
        }
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
    this.#notBefore = this.#vain > mostVain ? now + refusedPauseMs : now;
  }

  #giveUp(error: unknown): never {
    if (error instanceof UpstreamError) {
      this.#search = undefined;
      this.#notBefore = this.parts.clock.now() + refusedPauseMs;
    }
    throw error;
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
