/**
 * Settles a walk after its last block: decides whether the walk has seen all rows, looks up missed rows by name, and
 * takes away the rows that are gone. ListSync runs the settlement and reads the walk's blocks itself.
 */
import type { Replica } from '../log/replica.js';
import { endWalk } from '../model/deltas.js';
import type { CatalogList, ListState, SyncState, WalkState } from '../model/sync-state.js';
import type { ChangeSetBuilder } from './change-set-builder.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListRequests } from './list-requests.js';
import { lookupsFor, type Lookup, type Lookups, type LookupsParts } from './lookups.js';
import type { RecentReads } from './recent-reads.js';
import { isOf, type RowHash } from '../model/row-hash.js';
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
  /** Missed rows about which the lookups of this walk said nothing: the next walk decides. */
  #undecided: RowHash[] = [];

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
      const seen = replica.seen[name];
      const { rows, missed } = await this.#findMissed(walk.startedAt);
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

  /** Makes one lookup. The last lookup ends the walk. */
  async lookUp(signal: AbortSignal): Promise<void> {
    const waiting = (this.#waiting ??= await this.#restoreLookups());
    const isLast = waiting.length <= 1;
    const undecided = [...this.#undecided];
    const finish = (builder: ChangeSetBuilder, { rows }: Pick<Lookup, 'rows'>) => {
      const { name } = this.requests;
      const state = builder.sync[name];
      const done = new Set(rows.map(({ hash }) => hash));
      const remaining = missedHashes(builder.sync, name).filter((hash) => !done.has(hash));
      setMissed(builder.sync, name, isLast ? undecided : remaining);
      if (isLast && state.walk) finishWalk(state, state.walk);
    };
    const [lookup] = waiting;
    if (lookup)
      await this.lookups.run(lookup, signal, (builder, rows) => {
        undecided.push(...rows.map(({ hash }) => hash));
        finish(builder, lookup);
      });
    else await this.parts.committer.commit((builder) => finish(builder, { rows: [] }));
    waiting.shift();
    if (isLast) this.#waiting = undefined;
    this.#undecided = isLast ? [] : undecided;
  }

  /** Decides whether the walk has seen all rows. Otherwise the sync looks missed rows up by name, or walks again. */
  #decide(builder: ChangeSetBuilder, walk: WalkState, missed: readonly KnownRow[], seen: number): void {
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
    // More rows than HSS has now: rows have gone since the walk met them. HSS's total shows them to the next walk.
    const isWhole = seen + state.duplicates >= total;
    const lookups = lookupsFor(this.requests, missed);
    const isCheap = lookups !== null && lookups.length < pagesOf(total);
    if (missed.length > 0 && isCheap && (isWhole || follows)) {
      walk.isLookingUp = true;
      this.#waiting = lookups;
    } else if ((missed.length === 0 && isWhole) || follows) {
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
    return lookupsFor(this.requests, rows) ?? [];
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
  state.walksDue = Math.max(0, (state.walksDue ?? 0) - 1);
}

function missedHashes({ missedOnce }: SyncState, list: CatalogList): string[] {
  return missedOnce.filter((hash) => isOf(list, hash));
}

function setMissed(sync: SyncState, list: CatalogList, hashes: readonly string[]): void {
  sync.missedOnce = [...sync.missedOnce.filter((hash) => !isOf(list, hash)), ...hashes];
}
