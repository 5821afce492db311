/**
 * The requests by which the sync reads the two lists of HSS: all rows, rows scanned lately, rows by name. The
 * list sync uses them through the list reader. This file describes requests and sends none.
 */
import { fitsFilters, localFilterLimits } from '../../domain/image-coordinates.js';
import type { HssList } from '../../endpoints/lists/hss-list.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { LocalImagesRequest } from '../../endpoints/local-images/local-images.request.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import type { RegistryImagesRequest } from '../../endpoints/registry-images/registry-images.request.js';
import type { CatalogList, ListState } from '../model/sync-state.js';
import type { ListRow } from './change-set-builder.js';

/** The requests of the sync for one of the two lists. */
export interface ListRequests {
  readonly name: CatalogList;
  /** All rows of the list. */
  all(): HssList<ListRow>;
  /** Rows scanned since the last delta, the newest scan first where HSS can sort. */
  recent(state: ListState, now: number): HssList<ListRow>;
  /** Whether these rows of `recent` reach back to scans that the catalog knows. */
  reachesKnown(rows: readonly ListRow[], state: ListState): boolean;
  /** Whether `recent` tells how many rows the whole list has. */
  readonly recentTellsTotal: boolean;
  /**
   * Rows with the name of this row, and of the local list also rows whose name contains the name. Null when HSS cannot be
   * asked by this name.
   */
  named(row: ListRow): HssList<ListRow> | null;
}

/** No other request has the same time range, so the cache need not keep the answer. */
const shortLived = { freshMs: 1_000, staleMs: 0 };
/** Time ranges overlap by this much, because scans show up late and the clocks of HSS and of an instance differ. */
const overlapMs = 2 * 60_000;

export class RegistryRequests implements ListRequests {
  readonly name = 'registry';
  readonly recentTellsTotal = true;

  constructor(private readonly request: RegistryImagesRequest) {}

  all(): HssList<ListRow> {
    return this.request.of({ sort: '-scannedAt' });
  }

  recent(): HssList<ListRow> {
    return this.all();
  }

  reachesKnown(rows: readonly ListRow[], { newestScan }: ListState): boolean {
    const last = rows.at(-1)?.scan.scannedAt ?? null;
    return last === null || (newestScan !== null && last <= newestScan);
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { type, namespace, name, tag } = row as RegistryImageRow;
    if (name === null || !fitsFilters({ namespace, name, tag })) return null;
    return this.request.of({ ...knownValues({ type, namespace, tag }), name });
  }
}

export class LocalRequests implements ListRequests {
  readonly name = 'local';
  readonly recentTellsTotal = false;

  constructor(private readonly request: LocalImagesRequest) {}

  all(): HssList<ListRow> {
    return this.request.of({});
  }

  recent({ deltaAt }: ListState, now: number): HssList<ListRow> {
    const scannedAfter = String(Math.max(0, (deltaAt ?? now) - overlapMs));
    const list = this.request.of({ scannedAfter, scannedBefore: String(now + overlapMs) });
    return { ...(list as HssList<ListRow>), lifetime: () => shortLived };
  }

  reachesKnown(): boolean {
    return false;
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { name, tag } = row as LocalImageRow;
    if (name === null || !fitsFilters({ name, tag }, localFilterLimits)) return null;
    return this.request.of({ ...knownValues({ tag }), name });
  }
}

/** Leaves out the unknown values. */
function knownValues<Name extends string>(
  values: Record<Name, string | null>,
): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Partial<
    Record<Name, string>
  >;
}
