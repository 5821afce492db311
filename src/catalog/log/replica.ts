import type { CatalogList, ChangeSet, SyncState } from '../model/change-set.js';
import type { CatalogStore } from '../model/reader.js';

/** Rows (by hash) that the running walks have met, by list. */
export type SeenRows = Readonly<Record<CatalogList, ReadonlySet<string>>>;

/**
 * The state of the catalog on this instance: its store, and the rows that the running walks have met, so that any
 * instance can go on with a walk.
 */
export class Replica {
  readonly #seen = { registry: new Set<string>(), local: new Set<string>() };
  readonly #listeners: ((changes: ChangeSet) => void)[] = [];
  readonly #loadListeners: ((epoch: string, version: number) => void)[] = [];

  constructor(readonly store: CatalogStore) {}

  get seen(): SeenRows {
    return this.#seen;
  }

  /** Runs `listener` after each step that was taken over. */
  onApplied(listener: (changes: ChangeSet) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs `listener` after the state was replaced by another one. */
  onLoaded(listener: (epoch: string, version: number) => void): void {
    this.#loadListeners.push(listener);
  }

  /** @throws RangeError unless it is the next version. */
  async apply(changes: ChangeSet): Promise<void> {
    const before = this.store.sync;
    await this.store.apply(changes);
    for (const list of ['registry', 'local'] as const) {
      const rows = this.#seen[list];
      // Of another walk, or of none.
      if (changes.sync[list].walk?.number !== before[list].walk?.number) rows.clear();
      if (changes.sync[list].walk) for (const row of changes.seen[list]) rows.add(row);
    }
    for (const listener of this.#listeners) listener(changes);
  }

  async load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    last: { version: number; at: number; sync: SyncState; seen: Record<CatalogList, readonly string[]> },
  ): Promise<void> {
    await this.store.load(epoch, snapshot, last);
    for (const list of ['registry', 'local'] as const) {
      this.#seen[list].clear();
      for (const row of last.seen[list]) this.#seen[list].add(row);
    }
    for (const listener of this.#loadListeners) listener(epoch, last.version);
  }

  /** The same state as the first of another history. */
  beginEpoch(epoch: string): void {
    this.store.beginEpoch(epoch);
    for (const listener of this.#loadListeners) listener(epoch, this.store.version);
  }
}
