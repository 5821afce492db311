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

/** All known rows, in slices, so that other work goes on between them. */
export async function* knownRows(list: CatalogList, store: CatalogStore): AsyncGenerator<KnownRow[]> {
  for await (const slice of store.documents()) yield slice.flatMap(({ image }) => rowsOf(list, image));
}

function rowsOf(list: CatalogList, image: ImageDocument): KnownRow[] {
  const { key } = image;
  return recordsOf(list, image).map(({ rowKey, row, readAt }) => {
    // A record lacks the `entries` of a row, which no lookup by name needs.
    return { hash: rowHash(list, { key, rowKey }), key, rowKey, row: row as ListRow, readAt };
  });
}

function recordsOf(list: CatalogList, image: ImageDocument): (RegistryRecord | HostRecord)[] {
  return list === 'local' ? image.onHosts : image.entries.filter(({ variantOf }) => variantOf === null);
}
