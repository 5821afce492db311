/**
 * Keeps one list of HSS in the catalog, one call at a time: deltas of what has changed, walks over all rows, and the
 * smaller work between them. The sync loop runs one ListSync for each list. WalkSettlement decides which rows leave.
 */
import { cutDeltaShort, endDelta, isCutShort, readUpTo } from '../model/deltas.js';
import { isListUnread, type DeltaKind, type ListState } from '../model/sync-state.js';
import type { ListRow } from './change-set-builder.js';
import { isUnfiltered } from './consumer-read.js';
import type { ListParts } from './list-parts.js';
import { timesSince, type ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import { noteTotal } from './count-check.js';
import { nextTask, type ListTask, type SideWork } from './schedule.js';
import { isListAhead } from './set-back.js';
import { newWalk, WalkSettlement } from './walk-settlement.js';

/** A delta reads at most this many blocks. A walk reads the rest, since another instance can continue a walk. */
const mostDeltaBlocks = 5;

export interface SideWorks {
  /** Looks up rows that a purge has voided. */
  unread: SideWork;
  /** Looks up rows that a walk, a round or a search has missed. */
  lookups: Lookups;
  /** Searches removed rows where HSS counts fewer rows than the catalog knows. */
  removed: SideWork & { readonly isSearching: boolean };
  /** Makes rounds over the risky rows. */
  risks: SideWork;
}

/** Commits each block at once, so that an instance that takes over continues after the last block. */
export class ListSync {
  readonly name: string;
  readonly #settlement: WalkSettlement;
  /** Calls of deltas since the last call of other work. */
  #deltaCalls = 0;
  /** Calls of lookups and searches since the last call of a walk or a round. */
  #aheadCalls = 0;

  constructor(
    private readonly requests: ListRequests,
    private readonly works: SideWorks,
    private readonly parts: ListParts,
  ) {
    this.name = requests.name;
    this.#settlement = new WalkSettlement(requests, works.lookups, parts);
  }

  /** Wall time from which a task is due. */
  get dueAt(): number {
    return this.#isAhead ? 0 : this.#next.at;
  }

  /**
   * Runs the task that is due. Makes at most one call of HSS, except for deltas and lookups of names with many rows.
   * @throws the errors of HSS, of the budget and of the log.
   */
  async runNext(signal: AbortSignal): Promise<void> {
    if (this.#isAhead) await this.parts.committer.commit(() => undefined);
    const { task } = this.#next;
    if (task === 'scans' || task === 'updates') return this.#readDelta(task, signal);
    this.#deltaCalls = 0;
    this.#aheadCalls = task === 'ahead' ? this.#aheadCalls + 1 : 0;
    if (task === 'ahead') await this.#ahead.runNext(signal);
    else if (task === 'round') await this.works.risks.runNext(signal);
    else if (task === 'block') await this.#readBlock(signal);
    else {
      await this.#settlement.judge();
      if (this.#state.walk === null) this.#logWalk('Catalog: a walk is complete');
    }
  }

  /** The clock was set back. The next step of the catalog brings the list's times back. */
  get #isAhead(): boolean {
    return isListAhead(this.#state, this.parts.clock.now());
  }

  get #next(): { task: ListTask; at: number } {
    const { works, parts } = this;
    const now = parts.clock.now();
    const beside = {
      aheadAt: this.#ahead.dueAt,
      aheadCalls: this.#aheadCalls,
      isSearching: works.removed.isSearching,
      hasLookups: works.lookups.dueAt <= now,
      roundAt: works.risks.dueAt,
      deltaCalls: this.#deltaCalls,
    };
    return nextTask(this.#state, parts.pace, beside, now);
  }

  /**
   * The work that comes before walks and rounds. Lookups come first: they are few, and a walk, a round or a search goes
   * on after its lookups. A purge can void more rows than can be read in hours.
   */
  get #ahead(): SideWork {
    const { unread, lookups, removed } = this.works;
    const now = this.parts.clock.now();
    return [lookups, unread].find(({ dueAt }) => dueAt <= now) ?? removed;
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.requests.name];
  }

  async #readBlock(signal: AbortSignal): Promise<void> {
    const { name } = this.requests;
    const offset = this.#state.walk?.offset ?? 0;
    await this.parts.pages.take(name, this.requests.all(), offset, signal, (builder, page) => {
      const { rows, total, fetchedAt, isLast } = page;
      const state = builder.sync[name];
      const walk = (state.walk ??= newWalk(fetchedAt));
      // Later deltas stop at the newest scan. A walk beside deltas leaves it to them: more rows can have been scanned
      // than one block holds.
      const isAlone = state.walkedAt === null || isListUnread(state) || isCutShort(state);
      if (offset === 0 && isAlone) state.newestScan = newestScan(rows) ?? state.newestScan;
      // HSS may give no total, or one that is too large: at the end of the list the rows read so far count.
      walk.total = total ?? (isLast ? offset + rows.length : null);
      // A block may have fewer rows than were asked for: the walk goes on where the rows end.
      const end = offset + rows.length;
      walk.offset = isLast ? Math.max(end, walk.total ?? 0) : end;
      walk.calls += 1;
      if (walk.total !== null) noteTotal(state, walk.total, fetchedAt);
    });
    if (offset === 0) this.#logWalk('Catalog: a walk begins');
  }

  async #readDelta(kind: DeltaKind, signal: AbortSignal): Promise<void> {
    const { name } = this.requests;
    const before = this.#state;
    const now = this.parts.clock.now();
    const list = this.requests.changed(kind, timesSince(readUpTo(before, kind) ?? now, now));
    let first: { newest: string | null; readAt: number } | undefined;
    const delta = { isOver: false, offset: 0 };
    // While changes come faster than deltas read them, the walk that makes up for the deltas must get its calls.
    const mostBlocks = before.cutShort?.[kind] === undefined ? mostDeltaBlocks : 1;
    for (let blocks = 1; !delta.isOver; blocks += 1) {
      this.#deltaCalls += 1;
      await this.parts.pages.take(name, list, delta.offset, signal, (builder, page) => {
        const { rows, total, fetchedAt } = page;
        delta.offset += rows.length;
        const { newest, readAt } = (first ??= { newest: newestScan(rows), readAt: fetchedAt });
        const isWhole = page.isLast || this.requests.reachesKnown(kind, rows, before);
        delta.isOver = isWhole || blocks === mostBlocks;
        const state = builder.sync[name];
        if (isUnfiltered(list.query) && total !== null) noteTotal(state, total, fetchedAt);
        if (!delta.isOver) return;
        if (isWhole) endDelta(state, kind, readAt);
        else cutDeltaShort(state, kind, readAt);
        if (kind === 'scans') state.newestScan = newest ?? state.newestScan;
      });
    }
  }

  #logWalk(message: string): void {
    const { rows, total, walk } = this.#state;
    this.parts.log.info({ list: this.requests.name, rows, total, again: !!walk?.follows }, message);
  }
}

function newestScan(rows: readonly ListRow[]): string | null {
  return rows.reduce<string | null>((newest, { scan: { scannedAt } }) => {
    return scannedAt !== null && (newest === null || scannedAt > newest) ? scannedAt : newest;
  }, null);
}
