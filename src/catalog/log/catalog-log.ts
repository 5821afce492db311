import type { ChangeSet } from '../model/change-set.js';

/** The log to which the syncing instance writes the catalog's steps, one after the other. */
export interface CatalogLog {
  /** Takes over the newest state, or begins a new catalog. Called before the first `commit`. @throws Fenced */
  begin(): Promise<void>;
  /**
   * Writes the step for all instances, then applies the step here. While Redis is away `commit` waits, because
   * the step holds the answer of a call that was already spent. @throws Fenced
   */
  commit(changes: ChangeSet): Promise<void>;
}

/** Another instance syncs now. Nothing was written. */
export class Fenced extends Error {
  constructor() {
    super('Another instance syncs the catalog');
    this.name = 'Fenced';
  }
}
