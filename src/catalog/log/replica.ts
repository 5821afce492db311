/**
 * The state of the catalog on this instance: the store, the history of changes, and the rows that the running walks
 * have met, so that any instance can continue a walk. The logs write a replica; the sync listens to it.
 */
import type { Clock } from '../../time/clock.js';
import type { CatalogReplay } from '../model/catalog-replay.js';
import type { ChangeSet } from '../model/change-set.js';
import { notSynced, type CatalogList, type SyncState } from '../model/sync-state.js';
import type { CatalogStore } from '../model/reader.js';
import type { ChangesHistory, ChangesKeeper } from '../model/sources.js';

/** Hashes of the rows that the running walk of each list has met. */
export type SeenRows = Readonly<Record<CatalogList, ReadonlySet<string>>>;

/** The version that a replica is loaded with. */
export interface LoadedVersion {
  version: number;
  at: number;
  sync: SyncState;
  seen: Record<CatalogList, readonly string[]>;
  /** Undefined when the base has none, as of earlier releases. */
  history?: ChangesHistory | undefined;
}

export class Replica {
  readonly #seen = { registry: new Set<string>(), local: new Set<string>() };
  readonly #listeners: ((changes: ChangeSet) => void)[] = [];

  /** @param changes undefined in tests without a history. */
  constructor(
    readonly store: CatalogStore,
    readonly replay: CatalogReplay,
    private readonly changes?: ChangesKeeper,
  ) {}

  get seen(): SeenRows {
    return this.#seen;
  }

  /** Runs `listener` after each applied step. */
  onApplied(listener: (changes: ChangeSet) => void): void {
    this.#listeners.push(listener);
  }

  get history(): ChangesHistory | undefined {
    return this.changes?.history;
  }

  /** @throws RangeError unless `changes` is the next version. */
  async apply(changes: ChangeSet): Promise<void> {
    const before = this.store.sync;
    await this.store.apply(changes);
    for (const list of ['registry', 'local'] as const) {
      const rows = this.#seen[list];
      // The walk of these rows is over: another walk is running now, or no walk.
      if (changes.sync[list].walk?.number !== before[list].walk?.number) rows.clear();
      if (changes.sync[list].walk) for (const row of changes.seen[list]) rows.add(row);
    }
    this.changes?.record(changes);
    for (const listener of this.#listeners) listener(changes);
  }

  async load(epoch: string, snapshot: AsyncIterable<Buffer>, last: LoadedVersion): Promise<void> {
    await this.store.load(epoch, snapshot, last);
    for (const list of ['registry', 'local'] as const) {
      this.#seen[list].clear();
      for (const row of last.seen[list]) this.#seen[list].add(row);
    }
    this.changes?.begin(epoch, last.version, last.at, last.history);
  }

  /** Keeps the state, as the first state of another history. */
  beginEpoch(epoch: string): void {
    this.store.beginEpoch(epoch);
    this.changes?.begin(epoch, this.store.version, this.store.changedAt);
  }
}

/** Empties the replica: an empty catalog begins under this epoch. */
export async function loadNothing(replica: Replica, epoch: string, clock: Clock): Promise<void> {
  const seen = { registry: [], local: [] };
  await replica.load(epoch, nothing(), { version: 0, at: clock.now(), sync: notSynced, seen });
}

async function* nothing(): AsyncGenerator<Buffer> {
  // A new catalog holds nothing.
}
