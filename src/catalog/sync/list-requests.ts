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
import type { CatalogList, DeltaKind, ListState } from '../model/sync-state.js';
import type { ListRow } from './change-set-builder.js';
import type { TimeRange } from './row-search.js';

/** The requests of the sync for one of the two lists. */
export interface ListRequests {
  readonly name: CatalogList;
  /** All rows of the list. */
  all(): HssList<ListRow>;
  /**
   * Rows that were scanned or updated in the range. Scans of the registry come as the whole list, the newest scan first,
   * since HSS can sort it.
   */
  changed(kind: DeltaKind, range: TimeRange): HssList<ListRow>;
  /** Whether these rows of a delta reach back to scans that the catalog knows. */
  reachesKnown(kind: DeltaKind, rows: readonly ListRow[], state: ListState): boolean;
  /** The rows whose severity and counts are read more often than a walk reads them. */
  risky(): HssList<ListRow>;
  /** Whether `risky` gives the first row before the second one. HSS sorts the registry's rows only. */
  isBefore(first: ListRow, second: ListRow): boolean;
  /** Whether `risky` asks for rows like this one. */
  isRisky(row: ListRow): boolean;
  /**
   * Rows with the name of this row, and of the local list also rows whose name contains the name. Null when HSS cannot be
   * asked by this name.
   */
  named(row: ListRow): HssList<ListRow> | null;
}

/** The answers are for the catalog. No consumer asks for the same rows, so the cache need not keep them. */
const shortLived = { freshMs: 1_000, staleMs: 0 };
/** Time ranges overlap by this much, because scans show up late and the clocks of HSS and of an instance differ. */
const overlapMs = 2 * 60_000;
/** HSS's worst severity. HSS takes one severity as a filter. */
const worstSeverity = 'high';

export class RegistryRequests implements ListRequests {
  readonly name = 'registry';

  constructor(private readonly request: RegistryImagesRequest) {}

  all(): HssList<ListRow> {
    return this.request.of({ sort: '-scannedAt' });
  }

  changed(kind: DeltaKind, range: TimeRange): HssList<ListRow> {
    return kind === 'scans' ? this.all() : forCatalog(this.request.of(timesIn(kind, range)));
  }

  reachesKnown(kind: DeltaKind, rows: readonly ListRow[], { newestScan }: ListState): boolean {
    if (kind !== 'scans') return false;
    const last = rows.at(-1)?.scan.scannedAt ?? null;
    return last === null || (newestScan !== null && last <= newestScan);
  }

  risky(): HssList<ListRow> {
    return this.request.of({ severity: worstSeverity, sort: '-scannedAt' });
  }

  isBefore({ scan: { scannedAt } }: ListRow, { scan }: ListRow): boolean {
    return scannedAt !== null && scan.scannedAt !== null && scannedAt > scan.scannedAt;
  }

  isRisky(row: ListRow): boolean {
    return (row as RegistryImageRow).severity === worstSeverity;
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { type, namespace, name, tag } = row as RegistryImageRow;
    if (name === null || !fitsFilters({ namespace, name, tag })) return null;
    return this.request.of({ ...knownValues({ type, namespace, tag }), name });
  }
}

export class LocalRequests implements ListRequests {
  readonly name = 'local';

  constructor(private readonly request: LocalImagesRequest) {}

  all(): HssList<ListRow> {
    return this.request.of({});
  }

  changed(kind: DeltaKind, range: TimeRange): HssList<ListRow> {
    return forCatalog(this.request.of(timesIn(kind, range)));
  }

  reachesKnown(): boolean {
    return false;
  }

  risky(): HssList<ListRow> {
    return this.request.of({ hasContainers: 'true' });
  }

  isBefore(): boolean {
    return false;
  }

  isRisky(row: ListRow): boolean {
    return Number((row as LocalImageRow).containerCount ?? 0) > 0;
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { name, tag } = row as LocalImageRow;
    if (name === null || !fitsFilters({ name, tag }, localFilterLimits)) return null;
    return this.request.of({ ...knownValues({ tag }), name });
  }
}

function forCatalog<Row extends ListRow>(list: HssList<Row>): HssList<ListRow> {
  return { ...(list as HssList<ListRow>), lifetime: () => shortLived };
}

function timesIn(kind: DeltaKind, range: TimeRange) {
  const [from, to] = [String(range.from), String(range.to)];
  return kind === 'scans'
    ? { scannedAfter: from, scannedBefore: to }
    : { updatedAfter: from, updatedBefore: to };
}

/** All times from `since` on, with the overlap. */
export function timesSince(since: number, now: number): TimeRange {
  return { from: Math.max(0, since - overlapMs), to: now + overlapMs };
}

/** Leaves out the unknown values. */
function knownValues<Name extends string>(
  values: Record<Name, string | null>,
): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Partial<
    Record<Name, string>
  >;
}
