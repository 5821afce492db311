import type { CatalogEvent } from './change-set.js';

/** A change as it is told: when it became part of the catalog, and in which of its steps. */
export interface DatedEvent extends CatalogEvent {
  /** Wall time in ms. */
  at: number;
  version: number;
}

/** The history does not reach back to what was asked for: whoever asks has to read the catalog anew. */
export class HistoryGone extends Error {}

/** Where the bounded history of changes comes from: the events of the ChangeSets that an instance has applied. */
export interface ChangesSource {
  /**
   * Changes in the order in which they became known.
   * @param since a mark of an earlier answer, on whichever instance; a wall time in ms; undefined: all that is held.
   * @throws HistoryGone, and RangeError for what is no mark.
   */
  since(
    since: string | number | undefined,
    limit: number,
  ): Promise<{ items: DatedEvent[]; mark: string; hasMore: boolean }>;
}
