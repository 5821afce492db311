/**
 * Settles a walk after its last block: decides whether the walk has seen all rows, looks up missed rows by name, and
 * takes away the rows that are gone. ListSync runs the settlement and reads the walk's blocks itself.
 */
import { endWalk } from '../model/deltas.js';
import { isOf } from '../model/row-hash.js';
import type { CatalogList, ListState, SyncState, WalkState } from '../model/sync-state.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import type { ListParts } from './list-parts.js';
import { pagesOf } from './schedule.js';

/** One step takes at most this many rows away, so that the step passes through Redis in a command's time limit. */
const mostRemoved = 500;

export class WalkSettlement {
  /** The start of the walk whose lookups this instance has queued. The sync may go on after another instance's end. */
  #queuedFor: number | undefined;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: Pick<ListParts, 'replica' | 'committer' | 'recent' | 'clock'>,
  ) {}

  /**
   * Finds the rows that the walk has not met. A row that two walks in a row have not met is gone, and other rows are
   * looked up by name. The judgement after the lookups settles the walk.
   */
  async judge(): Promise<void> {
    const { committer, replica, clock } = this.parts;
    const { name } = this.requests;
    await committer.commit(async (builder) => {
      const state = builder.sync[name];
      const { walk } = state;
      if (!walk) return;
      const { rows, missed } = await this.#findMissed(walk.startedAt);
      state.rows = rows;
      const missedBefore = new Set(walk.isLookingUp ? [] : missedHashes(builder.sync, name));
      const gone = missed.filter(({ hash }) => missedBefore.has(hash));
      for (const { key, rowKey } of gone.slice(0, mostRemoved))
        builder.remove(name, key, rowKey, clock.now());
      // The next `judge` task of the same walk takes the rest away.
      if (gone.length > mostRemoved) return;
      const left = missed.filter(({ hash }) => !missedBefore.has(hash));
      setMissed(
        builder.sync,
        name,
        left.map(({ hash }) => hash),
      );
      const lookups = this.lookups.of(left);
      const isCheap = lookups.size < pagesOf(walk.total ?? rows);
      if (this.#queuedFor !== walk.startedAt && lookups.size > 0 && isCheap) {
        this.#queuedFor = walk.startedAt;
        this.lookups.add(lookups);
        walk.isLookingUp = true;
      } else this.#settle(state, walk, replica.seen[name].size, left.length > 0 && !walk.isLookingUp);
    });
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

  /**
   * Compares the known rows with the rows that the walk has met. A row that a delta, a lookup or a consumer's call has
   * read since `startedAt` counts as met.
   * @returns how many rows are known, and the missed ones.
   */
  async #findMissed(startedAt: number): Promise<{ rows: number; missed: KnownRow[] }> {
    const { replica, recent } = this.parts;
    const { name } = this.requests;
    const seen = replica.seen[name];
    let rows = 0;
    const missed = await knownRows(name, replica.store, ({ readAt }, hash) => {
      rows += 1;
      return readAt < startedAt && !seen.has(hash()) && (recent.at(hash()) ?? 0) < startedAt;
    });
    return { rows, missed };
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
