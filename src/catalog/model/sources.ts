import type { CatalogEvent } from './change-set.js';

/** A change with the time and the version of the step that brought it into the catalog. */
export interface DatedEvent extends CatalogEvent {
  /** Wall time in ms. */
  at: number;
  version: number;
}

/** The history does not reach back to the requested change. The consumer has to read the whole catalog again. */
export class HistoryGone extends Error {}

/** The source of the bounded history of changes: the events of the change sets that an instance has applied. */
export interface ChangesSource {
  /**
   * Reads changes in the order in which the catalog learned them.
   * @param since a mark of an earlier answer of any instance; or a wall time in ms; undefined for all changes that
   * are kept.
   * @throws HistoryGone; RangeError for a text that is no mark.
   */
  since(
    since: string | number | undefined,
    limit: number,
  ): Promise<{ items: DatedEvent[]; mark: string; hasMore: boolean }>;
}
