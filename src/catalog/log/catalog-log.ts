import type { ChangeSet } from '../model/change-set.js';

/** Where the instance that syncs writes the catalog's steps, one after the other. */
export interface CatalogLog {
  /** Takes over the newest state, or begins a catalog; before anything is committed. @throws Fenced */
  begin(): Promise<void>;
  /**
   * Writes the step down for all instances, then takes it over here. Waits while Redis is away: what a call was spent
   * on is not given up. @throws Fenced
   */
  commit(changes: ChangeSet): Promise<void>;
}

/** Another instance syncs by now; nothing was written. */
export class Fenced extends Error {
  constructor() {
    super('Another instance syncs the catalog');
    this.name = 'Fenced';
  }
}
