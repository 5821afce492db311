import type { HssList } from '../../endpoints/lists/list-reader.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { LocalImagesRequest } from '../../endpoints/local-images/local-images.request.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import type { RegistryImagesRequest } from '../../endpoints/registry-images/registry-images.request.js';
import type { CatalogList, ListState } from '../model/change-set.js';
import type { ListRow } from './change-set-builder.js';

/** The questions that the sync asks of one of the two lists. */
export interface ListRequests {
  readonly name: CatalogList;
  /** Everything. */
  all(): HssList<ListRow>;
  /** What was scanned since the last time, newest first where HSS can sort. */
  recent(state: ListState, now: number): HssList<ListRow>;
  /** Whether `recent`, up to these rows, has reached what is known. */
  isKnown(rows: readonly ListRow[], state: ListState): boolean;
  /** Whether `recent` tells how many rows the whole list has. */
  readonly recentTellsTotal: boolean;
  /** By name; null for what HSS cannot be asked for. */
  named(row: ListRow): HssList<ListRow> | null;
}

/** An answer that nobody else will ask for is not kept. */
const used = { freshMs: 1_000, staleMs: 0 };
/** Scans show up late, and two clocks differ. */
const overlapMs = 2 * 60_000;
/** HSS's bounds for filters; names in its answers can be longer. */
const longest = { namespace: 128, name: 128, tag: 64 };

export class RegistryRequests implements ListRequests {
  readonly name = 'registry';
  readonly recentTellsTotal = true;

  constructor(private readonly service: RegistryImagesRequest) {}

  all(): HssList<ListRow> {
    return this.service.of({ sort: '-scannedAt' }).list;
  }

  recent(): HssList<ListRow> {
    return this.all();
  }

  isKnown(rows: readonly ListRow[], { newestScan }: ListState): boolean {
    const last = rows.at(-1)?.scan.scannedAt ?? null;
    return last === null || (newestScan !== null && last <= newestScan);
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { type, namespace, name, tag } = row as RegistryImageRow;
    if (name === null || !isShort({ namespace, name, tag })) return null;
    return this.service.of({ ...given({ type, namespace, tag }), name }).list;
  }
}

export class LocalRequests implements ListRequests {
  readonly name = 'local';
  readonly recentTellsTotal = false;

  constructor(private readonly service: LocalImagesRequest) {}

  all(): HssList<ListRow> {
    return this.service.of({}).list;
  }

  recent({ deltaAt }: ListState, now: number): HssList<ListRow> {
    const scannedAfter = String(Math.max(0, (deltaAt ?? now) - overlapMs));
    const { list } = this.service.of({ scannedAfter, scannedBefore: String(now + overlapMs) });
    return { ...(list as HssList<ListRow>), lifetime: () => used };
  }

  isKnown(): boolean {
    return false;
  }

  named(row: ListRow): HssList<ListRow> | null {
    const { name, tag } = row as LocalImageRow;
    if (name === null || !isShort({ name, tag })) return null;
    return this.service.of({ ...given({ tag }), name }).list;
  }
}

function isShort(values: Partial<Record<keyof typeof longest, string | null>>): boolean {
  return Object.entries(values).every(
    ([field, value]) => value === null || Array.from(value).length <= longest[field as 'name'],
  );
}

/** Without what is not known. */
function given<Name extends string>(values: Record<Name, string | null>): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Partial<
    Record<Name, string>
  >;
}
