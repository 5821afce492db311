/** The known rows of one list of HSS, as the sync compares them with what HSS shows. Nothing here calls HSS. */
import type { HostRecord, ImageDocument, RegistryRecord } from '../model/documents.js';
import type { CatalogStore } from '../model/reader.js';
import { rowHash, type RowHash } from '../model/row-hash.js';
import type { CatalogList } from '../model/sync-state.js';
import type { ListRow } from './change-set-builder.js';

export interface KnownRow {
  hash: RowHash;
  key: string;
  rowKey: string;
  row: ListRow;
  /** Wall time (ms) at which the row was first read in its present form. */
  readAt: number;
}

/** A hash costs more than the other conditions, so a condition asks for the hash last. */
type Fits = (record: Pick<KnownRow, 'row' | 'readAt'>, hash: () => RowHash) => boolean;

/** The known rows that fit. Other work goes on between the slices of the store. */
export async function knownRows(list: CatalogList, store: CatalogStore, fits: Fits): Promise<KnownRow[]> {
  const rows: KnownRow[] = [];
  for await (const slice of store.documents())
    for (const { image } of slice) rows.push(...knownRowsOf(list, image, fits));
  return rows;
}

export function knownRowsOf(list: CatalogList, image: ImageDocument, fits: Fits): KnownRow[] {
  const { key } = image;
  const rows: KnownRow[] = [];
  for (const { rowKey, row, readAt } of recordsOf(list, image)) {
    // A record lacks the `entries` of a row, which no lookup by name needs.
    const record = { row: row as ListRow, readAt };
    const hash = () => rowHash(list, { key, rowKey });
    if (fits(record, hash)) rows.push({ ...record, key, rowKey, hash: hash() });
  }
  return rows;
}

/** The records of the list's rows. An architecture has no row of its own. */
export function recordsOf(list: CatalogList, image: ImageDocument): (RegistryRecord | HostRecord)[] {
  return list === 'local' ? image.onHosts : image.entries.filter(({ variantOf }) => variantOf === null);
}
