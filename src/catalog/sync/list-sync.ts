import { blockRows, type HssList, type ListReader } from '../../endpoints/lists/list-reader.js';
import type { Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { Replica } from '../log/replica.js';
import type { ListState, SyncState, WalkState } from '../model/change-set.js';
import { backgroundCall } from './background-call.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ChangeSetBuilder, ListRow } from './change-set-builder.js';
import type { ListRequests } from './list-requests.js';
import { compare, lookupsFor, type Lookup, type MissedRow } from './missed-rows.js';
import type { RecentReads } from './recent-reads.js';
import { isOf } from './row-hash.js';
import { nextStep, pagesOf, type Pace, type Step } from './schedule.js';

/** Rows that leave in one step: a step must pass through Redis in the time that a command may take. */
const mostRemoved = 500;

export interface ListSyncParts {
  reader: ListReader;
  replica: Replica;
  commits: ChangeCommitter;
  recent: RecentReads;
  clock: Clock;
  log: Log;
  pace: Pace;
}

/**
 * Keeps one list of HSS in the catalog, one call at a time: walks over all rows, looks at what was scanned since, and
 * questions about rows that a walk missed. Every step is written down at once, so whoever takes over goes on after it.
 */
export class ListSync {
  /** Of the running walk, while this instance made it. */
  #lookups: Lookup[] | undefined;

  constructor(
    private readonly questions: ListRequests,
    private readonly parts: ListSyncParts,
  ) {}

  /** Wall time from which there is something to do. */
  get dueAt(): number {
    return this.#next.at;
  }

  /** One call of HSS at the most, but for lookups of many rows. @throws whatever HSS, the budget or the log say. */
  async step(signal: AbortSignal): Promise<void> {
    const steps: Record<Step, (signal: AbortSignal) => Promise<void>> = {
      block: (over) => this.#block(over),
      judge: () => this.#judge(),
      'look-up': (over) => this.#lookUp(over),
      delta: (over) => this.#delta(over),
    };
    await steps[this.#next.step](signal);
  }

  get #next(): { step: Step; at: number } {
    return nextStep(this.#state, this.parts.pace, this.parts.clock.now());
  }

  get #state(): ListState {
    return this.parts.replica.store.sync[this.questions.name];
  }

  async #block(signal: AbortSignal): Promise<void> {
    const { name } = this.questions;
    const offset = this.#state.walk?.offset ?? 0;
    const { rows, total, fetchedAt } = await this.#ask(this.questions.all(), offset, signal);
    const isLast =
      rows.length === 0 || (total === null ? rows.length < blockRows : offset + blockRows >= total);
    await this.parts.commits.commit((draft) => {
      const state = draft.sync[name];
      const walk = (state.walk ??= newWalk(fetchedAt));
      this.#read(draft, rows, fetchedAt);
      if (offset === 0) state.newestScan = newestScan(rows) ?? state.newestScan;
      // HSS may say nothing, or too much: then the rows in hand count.
      walk.total = total ?? (isLast ? offset + rows.length : null);
      walk.offset = isLast ? Math.max(offset + rows.length, walk.total ?? 0) : offset + blockRows;
      walk.calls += 1;
      state.total = walk.total ?? state.total;
    });
    this.#tell(offset);
  }

  /** All blocks are read: what was not met? */
  async #judge(): Promise<void> {
    const { commits, replica, recent, clock } = this.parts;
    const { name } = this.questions;
    await commits.commit(async (draft) => {
      const state = draft.sync[name];
      const { walk } = state;
      if (!walk) return;
      const seen = replica.seen[name];
      const { rows, missed } = await compare(name, replica.store, seen, recent, walk.startedAt);
      state.rows = rows;
      const missedBefore = new Set(missedOnce(draft.sync, name));
      const gone = missed.filter(({ hash }) => missedBefore.has(hash));
      for (const { key, rowKey } of gone.slice(0, mostRemoved)) draft.remove(name, key, rowKey, clock.now());
      // The rest when this is judged again.
      if (gone.length > mostRemoved) return;
      this.#decide(
        draft,
        walk,
        missed.filter(({ hash }) => !missedBefore.has(hash)),
        seen.size,
      );
    });
    this.#tellEnd();
  }

  /** Whether what was seen is all there is; and if not, how to find out. */
  #decide(draft: ChangeSetBuilder, walk: WalkState, missed: readonly MissedRow[], seen: number): void {
    const state = draft.sync[this.questions.name];
    const total = walk.total ?? seen;
    this.#setMissed(
      draft,
      missed.map(({ hash }) => hash),
    );
    const { follows } = walk;
    // Twice the same difference, and nothing moved: these are rows that look alike.
    if (follows?.total === total && follows.rows === seen) state.duplicates = Math.max(0, total - seen);
    const isWhole = seen + state.duplicates === total;
    const lookups = lookupsFor(this.questions, missed);
    const isCheap = lookups !== null && lookups.length < pagesOf(total);
    if (missed.length > 0 && isCheap && (isWhole || follows)) {
      walk.isLookingUp = true;
      this.#lookups = lookups;
    } else if ((missed.length === 0 && isWhole) || follows) {
      endWalk(state, walk);
    } else {
      state.walk = { ...newWalk(this.parts.clock.now()), number: walk.number + 1 };
      state.walk.follows = { total, rows: seen };
    }
  }

  async #lookUp(signal: AbortSignal): Promise<void> {
    const { commits, clock } = this.parts;
    const { name } = this.questions;
    this.#lookups ??= await this.#lostLookups();
    const [lookup] = this.#lookups;
    const found: { rows: readonly ListRow[]; fetchedAt: number }[] = [];
    for (let offset = 0, end = Infinity; lookup && offset < end; offset += blockRows) {
      const { rows, total, fetchedAt } = await this.#ask(lookup.list, offset, signal);
      found.push({ rows, fetchedAt });
      end = rows.length === 0 ? 0 : (total ?? (rows.length < blockRows ? 0 : Infinity));
    }
    const isLast = this.#lookups.length <= 1;
    await commits.commit((draft) => {
      const state = draft.sync[name];
      const met = new Set(found.flatMap(({ rows, fetchedAt }) => this.#read(draft, rows, fetchedAt)));
      for (const { hash, key, rowKey } of lookup?.rows ?? [])
        if (!met.has(hash)) draft.remove(name, key, rowKey, clock.now());
      const done = new Set(lookup?.rows.map(({ hash }) => hash));
      this.#setMissed(draft, isLast ? [] : missedOnce(draft.sync, name).filter((hash) => !done.has(hash)));
      if (isLast && state.walk) endWalk(state, state.walk);
    });
    this.#lookups.shift();
    if (isLast) this.#lookups = undefined;
    this.#tellEnd();
  }

  /** Whoever began them is gone; what is left to ask for is known. */
  async #lostLookups(): Promise<Lookup[]> {
    const { replica, recent } = this.parts;
    const { name } = this.questions;
    const wanted = new Set(missedOnce(replica.store.sync, name));
    const { missed } = await compare(name, replica.store, new Set(), recent, Infinity);
    return (
      lookupsFor(
        this.questions,
        missed.filter(({ hash }) => wanted.has(hash)),
      ) ?? []
    );
  }

  async #delta(signal: AbortSignal): Promise<void> {
    const { commits, clock } = this.parts;
    const { name, recentTellsTotal } = this.questions;
    const before = this.#state;
    const list = this.questions.recent(before, clock.now());
    let first: { newest: string | null; readAt: number } | undefined;
    for (let offset = 0, isLast = false; !isLast; offset += blockRows) {
      const { rows, total, fetchedAt } = await this.#ask(list, offset, signal);
      const start = (first ??= { newest: newestScan(rows), readAt: fetchedAt });
      isLast =
        rows.length === 0 ||
        this.questions.isKnown(rows, before) ||
        (total === null ? rows.length < blockRows : offset + blockRows >= total);
      const isEnd = isLast;
      await commits.commit((draft) => {
        this.#read(draft, rows, fetchedAt);
        const state = draft.sync[name];
        if (recentTellsTotal && total !== null) state.total = total;
        if (isEnd)
          Object.assign(state, { deltaAt: start.readAt, newestScan: start.newest ?? state.newestScan });
      });
    }
  }

  async #ask(list: HssList<ListRow>, offset: number, signal: AbortSignal) {
    const { reader, clock } = this.parts;
    const { rows, total, fetchedAt } = await backgroundCall(clock, signal, {}, (asking) =>
      reader.renew(list, offset, asking),
    );
    // Another instance may have made the call, and told the time by its clock.
    return {
      rows,
      total: total === null ? null : Number(total),
      fetchedAt: Math.min(fetchedAt, clock.now()),
    };
  }

  /** @returns the names of the rows. */
  #read(draft: ChangeSetBuilder, rows: readonly ListRow[], fetchedAt: number): string[] {
    draft.sync.calls += 1;
    return rows.map((row) => draft.upsert(this.questions.name, row, fetchedAt));
  }

  #setMissed({ sync }: ChangeSetBuilder, hashes: readonly string[]): void {
    sync.missedOnce = [...sync.missedOnce.filter((hash) => !isOf(this.questions.name, hash)), ...hashes];
  }

  /** The beginning, and each tenth. */
  #tell(offset: number): void {
    const { walk } = this.#state;
    if (!walk) return;
    const { total } = walk;
    const fields = { list: this.questions.name, rows: walk.offset, total, calls: walk.calls };
    const tenth = (rows: number) => Math.floor((10 * rows) / (total ?? Infinity));
    if (offset === 0)
      this.parts.log.info({ ...fields, again: walk.follows !== null }, 'Catalog: a walk begins');
    else if (total !== null && walk.offset < total && tenth(walk.offset) > tenth(offset))
      this.parts.log.info(fields, `Catalog: ${10 * tenth(walk.offset)} % are read`);
  }

  #tellEnd(): void {
    const { walk, rows, walkedAt } = this.#state;
    if (walk === null && walkedAt !== null)
      this.parts.log.info({ list: this.questions.name, rows }, 'Catalog: a walk is complete');
  }
}

function newWalk(startedAt: number): WalkState {
  return { number: 1, startedAt, offset: 0, total: null, calls: 0, follows: null, isLookingUp: false };
}

function endWalk(state: ListState, { startedAt }: WalkState): void {
  state.walk = null;
  state.walkedAt = startedAt;
  state.deltaAt = Math.max(startedAt, state.deltaAt ?? 0);
}

function missedOnce({ missedOnce: hashes }: SyncState, list: 'registry' | 'local'): string[] {
  return hashes.filter((hash) => isOf(list, hash));
}

function newestScan(rows: readonly ListRow[]): string | null {
  return rows.reduce<string | null>((newest, { scan: { scannedAt } }) => {
    return scannedAt !== null && (newest === null || scannedAt > newest) ? scannedAt : newest;
  }, null);
}
