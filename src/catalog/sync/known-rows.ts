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
    rows.push(...slice.flatMap(({ image }) => knownRowsOf(list, image, fits)));
  return rows;
}

export function knownRowsOf(list: CatalogList, image: ImageDocument, fits: Fits): KnownRow[] {
  const { key } = image;
  return (
    recordsOf(list, image)
      // A record lacks the `entries` of a row, which no lookup by name needs.
      .map(({ rowKey, row, readAt }) => ({ key, rowKey, row: row as ListRow, readAt }))
      .filter((record) => fits(record, () => rowHash(list, record)))
      .map((record) => ({ ...record, hash: rowHash(list, record) }))
  );
}

/** The records of the list's rows. An architecture has no row of its own. */
export function recordsOf(list: CatalogList, image: ImageDocument): (RegistryRecord | HostRecord)[] {
  return list === 'local' ? image.onHosts : image.entries.filter(({ variantOf }) => variantOf === null);
}
