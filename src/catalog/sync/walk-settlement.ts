/**
 * Settles a walk after its last block: decides whether the walk has seen all rows, looks up missed rows by name, and
 * takes away the rows that are gone. ListSync runs the settlement and reads the walk's blocks itself.
 */
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import type { CatalogList, ListState, SyncState, WalkState } from '../model/sync-state.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ChangeSetBuilder } from './change-set-builder.js';
import type { ListPage, ListPages } from './list-pages.js';
import type { ListRequests } from './list-requests.js';
import { findMissed, isAskedFor, lookupsFor, type Lookup, type MissedRow } from './missed-rows.js';
import type { RecentReads } from './recent-reads.js';
import { isOf, type RowHash } from '../model/row-hash.js';
import { pagesOf } from './schedule.js';

/** One step takes at most this many rows away, so that the step passes through Redis in a command's time limit. */
const mostRemoved = 500;
/** A lookup that reads more blocks than this costs more than the next walk, which decides as well. */
const mostBlocks = 5;

export interface WalkSettlementParts {
  replica: Replica;
  committer: ChangeCommitter;
  recent: RecentReads;
  clock: Clock;
}

export class WalkSettlement {
  /** Lookups of the running walk; undefined when another instance decided on them. */
  #lookups: Lookup[] | undefined;
  /** Missed rows about which the lookups of this walk said nothing: the next walk decides. */
  #undecided: RowHash[] = [];

  constructor(
    private readonly requests: ListRequests,
    private readonly pages: ListPages,
    private readonly parts: WalkSettlementParts,
  ) {}

  /** Finds the rows that the walk has not met. A row that two walks in a row have not met is gone. */
  async judge(): Promise<void> {
    const { committer, replica, recent, clock } = this.parts;
    const { name } = this.requests;
    await committer.commit(async (builder) => {
      const state = builder.sync[name];
      const { walk } = state;
      if (!walk) return;
      const seen = replica.seen[name];
      const { rows, missed } = await findMissed(name, replica.store, seen, recent, walk.startedAt);
      state.rows = rows;
      const missedBefore = new Set(missedHashes(builder.sync, name));
      const gone = missed.filter(({ hash }) => missedBefore.has(hash));
      for (const { key, rowKey } of gone.slice(0, mostRemoved))
        builder.remove(name, key, rowKey, clock.now());
      // The next `judge` task of the same walk takes the rest away.
      if (gone.length > mostRemoved) return;
      const missedFirst = missed.filter(({ hash }) => !missedBefore.has(hash));
      this.#decide(builder, walk, missedFirst, seen.size);
    });
  }

  /** Makes one lookup: one call of HSS, or more for a name with many rows. */
  async lookUp(signal: AbortSignal): Promise<void> {
    const { committer, clock } = this.parts;
    const { name } = this.requests;
    this.#lookups ??= await this.#restoreLookups();
    const [lookup] = this.#lookups;
    const { pages, isWhole } = lookup ? await this.#read(lookup, signal) : { pages: [], isWhole: true };
    const isLast = this.#lookups.length <= 1;
    let undecided = this.#undecided;
    await committer.commit((builder) => {
      const state = builder.sync[name];
      builder.sync.calls += pages.length;
      const met = new Set(
        pages.flatMap(({ rows, fetchedAt, generation }) => {
          const purged = committer.purgedSince(generation);
          return rows.map((row) => builder.upsert(name, row, fetchedAt, purged));
        }),
      );
      const unmet = lookup?.rows.filter(({ hash }) => !met.has(hash)) ?? [];
      if (isWhole) for (const { key, rowKey } of unmet) builder.remove(name, key, rowKey, clock.now());
      else undecided = [...undecided, ...unmet.map(({ hash }) => hash)];
      const done = new Set(lookup?.rows.map(({ hash }) => hash));
      const remaining = missedHashes(builder.sync, name).filter((hash) => !done.has(hash));
      setMissed(builder.sync, name, isLast ? undecided : remaining);
      if (isLast && state.walk) endWalk(state, state.walk);
    });
    this.#lookups.shift();
    if (isLast) this.#lookups = undefined;
    this.#undecided = isLast ? [] : undecided;
  }

  /** Decides whether the walk has seen all rows. Otherwise the sync looks missed rows up by name, or walks again. */
  #decide(builder: ChangeSetBuilder, walk: WalkState, missed: readonly MissedRow[], seen: number): void {
    const { name } = this.requests;
    const state = builder.sync[name];
    const total = walk.total ?? seen;
    setMissed(
      builder.sync,
      name,
      missed.map(({ hash }) => hash),
    );
    const { follows } = walk;
    // Two successive walks saw the same total and the same rows. So the missing rows are rows of HSS that cannot be
    // told apart from others.
    if (follows?.total === total && follows.rows === seen) state.duplicates = Math.max(0, total - seen);
    const isWhole = seen + state.duplicates === total;
    const lookups = lookupsFor(this.requests, missed);
    const isCheap = lookups !== null && lookups.length < pagesOf(total);
    if (missed.length > 0 && isCheap && (isWhole || follows)) {
      walk.isLookingUp = true;
      this.#lookups = lookups;
    } else if ((missed.length === 0 && isWhole) || follows) {
      endWalk(state, walk);
    } else {
      const again = newWalk(this.parts.clock.now());
      state.walk = { ...again, number: walk.number + 1, follows: { total, rows: seen } };
    }
  }

  /** HSS matches parts of local names, so other rows come too: `app-debug` for `app`. Only the rows asked for count. */
  async #read(lookup: Lookup, signal: AbortSignal): Promise<{ pages: ListPage[]; isWhole: boolean }> {
    const pages: ListPage[] = [];
    for (let offset = 0, isWhole = false; !isWhole;) {
      if (pages.length === mostBlocks) return { pages, isWhole };
      const page = await this.pages.read(lookup.list, offset, signal);
      offset += page.rows.length;
      pages.push({ ...page, rows: page.rows.filter((row) => isAskedFor(row, lookup)) });
      isWhole = page.isLast;
    }
    return { pages, isWhole: true };
  }

  /** The instance that decided on the lookups is gone. The sync state tells which rows still have to be looked up. */
  async #restoreLookups(): Promise<Lookup[]> {
    const { replica, recent } = this.parts;
    const { name } = this.requests;
    const wanted = new Set(missedHashes(replica.store.sync, name));
    const { missed } = await findMissed(name, replica.store, new Set(), recent, Infinity);
    const toLookUp = missed.filter(({ hash }) => wanted.has(hash));
    return lookupsFor(this.requests, toLookUp) ?? [];
  }
}

export function newWalk(startedAt: number): WalkState {
  return { number: 1, startedAt, offset: 0, total: null, calls: 0, follows: null, isLookingUp: false };
}

function endWalk(state: ListState, { startedAt }: WalkState): void {
  state.walk = null;
  state.walkedAt = startedAt;
  state.deltaAt = Math.max(startedAt, state.deltaAt ?? 0);
  state.walksDue = Math.max(0, (state.walksDue ?? 0) - 1);
}

function missedHashes({ missedOnce }: SyncState, list: CatalogList): string[] {
  return missedOnce.filter((hash) => isOf(list, hash));
}

function setMissed(sync: SyncState, list: CatalogList, hashes: readonly string[]): void {
  sync.missedOnce = [...sync.missedOnce.filter((hash) => !isOf(list, hash)), ...hashes];
}
