/**
 * Finds the rows that have left HSS's list where HSS counts fewer rows than the catalog knows: RowSearch narrows their
 * update times down, and a lookup by name decides about each row. Rows without an update time are left to the walk.
 */
import { UpstreamError } from '../../hss/errors.js';
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import { isCutShort } from '../model/deltas.js';
import type { RowHash } from '../model/row-hash.js';
import { isListUnread, type ListState } from '../model/sync-state.js';
import type { ChangeCommitter } from './change-committer.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListPages } from './list-pages.js';
import { allUpdates, type ListRequests } from './list-requests.js';
import { lookupsFor, type Lookup, type Lookups } from './lookups.js';
import { RowSearch, type TimeRange } from './row-search.js';
import { pagesOf } from './schedule.js';

/** Most lookups of one range: rows whose update time has just moved are missed there as well. */
const mostLookups = 10;
/** A search that found nothing is followed by a pause: three times the duration of the search, and at least this long. */
const vainPauseMs = 5 * 60_000;
const vainShare = 3;
/** So many searches in a row may find nothing before the pause: rows that move meanwhile can mislead a search. */
const mostVain = 2;
/** A search that HSS refuses begins again after this time. */
const refusedPauseMs = 15 * 60_000;

export interface RemovedRowsParts {
  replica: Replica;
  committer: ChangeCommitter;
  pages: ListPages;
  clock: Clock;
}

interface Search {
  ranges: RowSearch;
  startedAt: number;
  /** A walk that has ended since has decided about all rows. */
  walkedAt: number | null;
  calls: number;
  lookups: Lookup[];
}

export class RemovedRows {
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
    if (state.walkedAt === null || isListUnread(state) || isCutShort(state)) return Infinity;
    const surplus = surplusOf(state);
    if (this.#search?.walkedAt === state.walkedAt && (surplus > 0 || this.#search.lookups.length > 0)) return 0;
    const isNews = (state.countedAt ?? -Infinity) > this.#endedAt;
    return isNews && isCheap(surplus, state) ? this.#notBefore : Infinity;
  }

  /** Makes one call of HSS, or more for a name with many rows. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const search = this.#running();
    try {
      const lookup = search.lookups[0];
      const range = lookup ? undefined : search.ranges.next(await this.#knownTimes());
      if (lookup) await this.#lookUp(search, lookup, signal);
      else if (range && search.calls < pagesOf(this.#state.rows)) await this.#ask(search, range, signal);
      else this.#end(search);
    } catch (error) {
      if (error instanceof UpstreamError) this.#end(search, refusedPauseMs);
      throw error;
    }
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.requests.name];
  }

  #running(): Search {
    const { walkedAt } = this.#state;
    if (this.#search?.walkedAt === walkedAt) return this.#search;
    const startedAt = this.parts.clock.now();
    const ranges = new RowSearch(allUpdates(startedAt));
    return (this.#search = { ranges, startedAt, walkedAt, calls: 0, lookups: [] });
  }

  async #ask(search: Search, range: TimeRange, signal: AbortSignal): Promise<void> {
    const { pages, committer } = this.parts;
    const { name } = this.requests;
    const page = await pages.read(this.requests.updatedWithin(range), 0, signal);
    const met = new Set<RowHash>();
    await committer.commit((builder) => {
      builder.sync.calls += 1;
      const purged = committer.purgedSince(page.generation);
      for (const row of page.rows) met.add(builder.upsert(name, row, page.fetchedAt, purged));
    });
    search.calls += 1;
    const { total } = page;
    const isWhole = page.isLast && total !== null && page.rows.length >= total;
    search.ranges.answered({ total, isWhole });
    if (!isWhole) return;
    const missed = (await this.#knownIn(range)).filter(({ hash }) => !met.has(hash));
    search.lookups.push(...lookupsFor(this.requests, missed).slice(0, mostLookups));
  }

  async #lookUp(search: Search, lookup: Lookup, signal: AbortSignal): Promise<void> {
    const { rows } = this.#state;
    await this.lookups.run(lookup, signal);
    search.lookups.shift();
    search.calls += 1;
    if (this.#state.rows < rows) this.#vain = 0;
  }

  /** Update times (ms) of all known rows, in ascending order. */
  async #knownTimes(): Promise<number[]> {
    const times = (await this.#knownIn({ from: -Infinity, to: Infinity })).map(({ row }) => updatedAt(row) ?? 0);
    return times.sort((a, b) => a - b);
  }

  async #knownIn({ from, to }: TimeRange): Promise<KnownRow[]> {
    const rows: KnownRow[] = [];
    const isWithin = ({ row }: Pick<KnownRow, 'row'>) => {
      const time = updatedAt(row);
      return time !== null && time >= from && time <= to;
    };
    for await (const slice of knownRows(this.requests.name, this.parts.replica.store, isWithin))
      rows.push(...slice);
    return rows;
  }

  #end({ startedAt }: Search, leastPauseMs = 0): void {
    const now = this.parts.clock.now();
    this.#search = undefined;
    this.#endedAt = now;
    this.#vain += 1;
    const vainMs = this.#vain > mostVain ? Math.max(vainPauseMs, vainShare * (now - startedAt)) : 0;
    this.#notBefore = now + Math.max(leastPauseMs, vainMs);
  }
}

/**
 * By how many rows the catalog knows more than HSS counts. Rows that came after the count do not count. Rows that look
 * alike can be anywhere, so a list with such rows has no surplus.
 */
function surplusOf({ total, rows, rowsThen = rows, duplicates }: ListState): number {
  return total === null || duplicates > 0 ? 0 : Math.max(0, Math.min(rows, rowsThen) - total);
}

/** Whether the search takes fewer calls than a walk: about one for each halving, and one for each row. */
function isCheap(surplus: number, { rows }: ListState): boolean {
  const pages = pagesOf(rows);
  return surplus > 0 && surplus * (Math.log2(pages / surplus) + 1) < pages;
}

function updatedAt(row: KnownRow['row']): number | null {
  return row.updatedAt === null ? null : Date.parse(row.updatedAt);
}
