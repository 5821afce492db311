import type { Namespaces } from '../../domain/namespaces.js';
import type { CatalogEvent } from './catalog-event.js';
import type { ChangeSet } from './change-set.js';

/** A change with the time and the version of the step that brought it into the catalog. */
export interface DatedEvent extends CatalogEvent {
  /** Wall time in ms. */
  at: number;
  version: number;
}

/** One step of the history with its events in their order. */
export type ToldStep = Pick<ChangeSet, 'version' | 'at' | 'events' | 'changes'>;

/** The history of changes that one instance keeps: all steps after one version, whose wall time is `at`. */
export interface ChangesHistory {
  after: Pick<ChangeSet, 'version' | 'at'>;
  steps: readonly ToldStep[];
}

/** Keeps the history of changes. The replica of the log tells each step that this instance applies. */
export interface ChangesKeeper {
  /**
   * The catalog begins, or begins again, with this version and this wall time.
   * @param history the changes that have led to this version, as far as they are known.
   */
  begin(epoch: string, version: number, at: number, history?: ChangesHistory): void;
  record(step: ToldStep): void;
  /** All that is kept, for a base of the log. */
  readonly history: ChangesHistory;
}

/** The history does not reach back to the requested change. The consumer has to read the whole catalog again. */
export class HistoryGone extends Error {}

/** The conditions on changes; a change must meet all of them. Several values of one field are alternatives. */
export interface ChangeFilter {
  /** Only changes that a consumer with these namespaces sees. Undefined: all changes. */
  namespaces?: Namespaces | undefined;
  kind?: readonly string[] | undefined;
  /** `null` means: not assessed. */
  severity?: readonly (string | null)[] | undefined;
  /** An id or a digest, with or without `sha256:`. */
  imageId?: string | undefined;
  /** The host that an image came to or left. The name ignores case. */
  hostId?: string | undefined;
  hostName?: string | undefined;
}

/** The source of the bounded history of changes: the events of the change sets that an instance has applied. */
export interface ChangesSource {
  /**
   * Reads changes in the order in which the catalog learned them. A mark names a place among all changes, whatever
   * the filter: a consumer may continue with another filter.
   * @param since a mark of an earlier answer of any instance; or a wall time in ms; undefined for all changes that
   * are kept.
   * @throws HistoryGone; RangeError for a text that is no mark.
   */
  since(
    since: string | number | undefined,
    limit: number,
    filter?: ChangeFilter,
  ): Promise<{ items: DatedEvent[]; mark: string; hasMore: boolean }>;
  /** The mark after all changes that have led to this version of the catalog. */
  markAfter(epoch: string, version: number): string;
}
