/**
 * Settles a walk after its last block: decides whether the walk has seen all rows, looks up missed rows by name, and
 * takes away the rows that are gone. ListSync runs the settlement and reads the walk's blocks itself.
 */
import type { Replica } from '../log/replica.js';
import { endWalk } from '../model/deltas.js';
import type { CatalogList, ListState, SyncState, WalkState } from '../model/sync-state.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListRequests } from './list-requests.js';
import { lookupsFor, type Lookup, type Lookups, type LookupsParts } from './lookups.js';
import type { RecentReads } from './recent-reads.js';
import { isOf } from '../model/row-hash.js';
import { pagesOf } from './schedule.js';

/** One step takes at most this many rows away, so that the step passes through Redis in a command's time limit. */
const mostRemoved = 500;

export interface WalkSettlementParts extends LookupsParts {
  replica: Replica;
  recent: RecentReads;
}

export class WalkSettlement {
  /** Lookups of the running walk; undefined when another instance decided on them. */
  #waiting: Lookup[] | undefined;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: WalkSettlementParts,
  ) {}

  /** Finds the rows that the walk has not met. A row that two walks in a row have not met is gone. */
  async judge(): Promise<void> {
    const { committer, replica, clock } = this.parts;
    const { name } = this.requests;
    await committer.commit(async (builder) => {
      const state = builder.sync[name];
      const { walk } = state;
      if (!walk) return;
      const { rows, missed } = await this.#findMissed(walk.startedAt);
      state.rows = rows;
      const missedBefore = new Set(missedHashes(builder.sync, name));
      const gone = missed.filter(({ hash }) => missedBefore.has(hash));
      for (const { key, rowKey } of gone.slice(0, mostRemoved))
        builder.remove(name, key, rowKey, clock.now());
      // The next `judge` task of the same walk takes the rest away.
      if (gone.length > mostRemoved) return;
      const missedFirst = missed.filter(({ hash }) => !missedBefore.has(hash));
      setMissed(
        builder.sync,
        name,
        missedFirst.map(({ hash }) => hash),
      );
      const lookups = lookupsFor(this.requests, missedFirst);
      const isCheap = lookups.length < pagesOf(walk.total ?? rows);
      if (lookups.length > 0 && isCheap) {
        walk.isLookingUp = true;
        this.#waiting = lookups;
      } else this.#settle(state, walk, replica.seen[name].size, missedFirst.length > 0);
    });
  }

  /** Makes one lookup. The last lookup settles the walk. */
  async lookUp(signal: AbortSignal): Promise<void> {
    const { committer, replica } = this.parts;
    const { name } = this.requests;
    const waiting = (this.#waiting ??= await this.#restoreLookups());
    const [lookup] = waiting;
    if (lookup)
      await this.lookups.run(lookup, signal, ({ sync }, decided) => {
        const done = new Set(decided.map(({ hash }) => hash));
        setMissed(
          sync,
          name,
          missedHashes(sync, name).filter((hash) => !done.has(hash)),
        );
      });
    waiting.shift();
    if (waiting.length > 0) return;
    await committer.commit(({ sync }) => {
      const { walk } = sync[name];
      // The lookups have met rows too.
      if (walk) this.#settle(sync[name], walk, replica.seen[name].size, false);
    });
    this.#waiting = undefined;
  }

  /**
   * Ends the walk, or begins another one at once: HSS counts more rows than the walk and its lookups have met, or they
   * could not tell whether a missed row is gone.
   */
  #settle(state: ListState, walk: WalkState, seen: number, areMissed: boolean): void {
    const { follows } = walk;
    const total = walk.total ?? seen;
    // Two successive walks saw the same total and the same rows. So the missing rows are rows of HSS that cannot be
    // told apart from others.
    if (follows?.total === total && follows.rows === seen) state.duplicates = Math.max(0, total - seen);
    // More rows than HSS has now: rows have gone since the walk met them. HSS's total shows them to the next walk.
    const isWhole = seen + state.duplicates >= total;
    if (follows || (isWhole && !areMissed)) {
      finishWalk(state, walk);
    } else {
      const again = newWalk(this.parts.clock.now());
      state.walk = { ...again, number: walk.number + 1, follows: { total, rows: seen } };
    }
  }

  /** The instance that decided on the lookups is gone. The sync state tells which rows still have to be looked up. */
  async #restoreLookups(): Promise<Lookup[]> {
    const { name } = this.requests;
    const { store } = this.parts.replica;
    const wanted = new Set(missedHashes(store.sync, name));
    const rows: KnownRow[] = [];
    for await (const slice of knownRows(name, store))
      rows.push(...slice.filter(({ hash }) => wanted.has(hash)));
    return lookupsFor(this.requests, rows);
  }

  /**
   * Compares the known rows with the rows that the walk has met. A row that a delta, a lookup or a consumer's call has
   * read since `startedAt` counts as met.
   * @returns how many rows are known, and the missed ones.
   */
  async #findMissed(startedAt: number): Promise<{ rows: number; missed: KnownRow[] }> {
    const { replica, recent } = this.parts;
    const { name } = this.requests;
    const seen = replica.seen[name];
    const found = { rows: 0, missed: [] as KnownRow[] };
    for await (const slice of knownRows(name, replica.store)) {
      found.rows += slice.length;
      for (const row of slice) {
        const readAt = Math.max(row.readAt, recent.at(row.hash) ?? 0);
        if (!seen.has(row.hash) && readAt < startedAt) found.missed.push(row);
      }
    }
    return found;
  }
}

export function newWalk(startedAt: number): WalkState {
  return { number: 1, startedAt, offset: 0, total: null, calls: 0, follows: null, isLookingUp: false };
}

function finishWalk(state: ListState, { startedAt }: WalkState): void {
  endWalk(state, startedAt);
  state.rowsThen = state.rows;
  state.walksDue = Math.max(0, (state.walksDue ?? 0) - 1);
}

function missedHashes({ missedOnce }: SyncState, list: CatalogList): string[] {
  return missedOnce.filter((hash) => isOf(list, hash));
}

function setMissed(sync: SyncState, list: CatalogList, hashes: readonly string[]): void {
  sync.missedOnce = [...sync.missedOnce.filter((hash) => !isOf(list, hash)), ...hashes];
}
