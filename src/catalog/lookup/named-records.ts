import { fitsFilters } from '../../domain/image-coordinates.js';
import type { ImageDocument, RegistryRecord } from '../model/documents.js';
import type { CatalogReader, SeenImages } from '../model/reader.js';
import { rowHash } from '../model/row-hash.js';
import type { SyncState } from '../model/sync-state.js';
import type { NamedRecords, RowName } from './known-image.js';

// Groups the rows of an image by the calls of HSS that show the rows again: one call for each distinct name.

/** @param shown registry rows of the image `key`. */
export function namedEntries(
  key: string,
  shown: readonly RegistryRecord[],
  reader: Pick<CatalogReader, 'readAt'>,
  images: Pick<SeenImages, 'document'>,
): NamedRecords[] {
  return grouped(
    shown.map((record) => {
      const { namespace, name, tag } = rowOf(record, images);
      const isAskable = namespace !== null && name !== null && fitsFilters({ namespace, name, tag });
      const search = isAskable ? { namespace, name, ...(tag === null ? {} : { tag }) } : null;
      return { search, rowKey: record.rowKey, readAt: reader.readAt(key, record) };
    }),
  );
}

/** A row on a host was read by the last walk at the latest, unless the walk has missed the row. */
export function namedOnHosts(
  { key, onHosts }: ImageDocument,
  { local, missedOnce }: SyncState,
): NamedRecords[] {
  const missed = new Set(missedOnce);
  return grouped(
    onHosts.map(({ rowKey, readAt, row: { name, tag } }) => {
      const isAskable = name !== null && fitsFilters({ name, tag });
      const isWalked = readAt > 0 && !missed.has(rowHash('local', { key, rowKey }));
      return {
        search: isAskable ? { name, ...(tag === null ? {} : { tag }) } : null,
        rowKey,
        readAt: isWalked ? Math.max(readAt, local.walkedAt ?? 0) : readAt,
      };
    }),
  );
}

/** HSS lists an architecture in the row of its image, under the name of the image. */
function rowOf(record: RegistryRecord, images: Pick<SeenImages, 'document'>): RegistryRecord['row'] {
  if (record.variantOf === null) return record.row;
  const ofImage = record.rowKey.slice(0, record.rowKey.lastIndexOf('/variant/'));
  const entries = images.document(record.variantOf)?.entries ?? [];
  return entries.find(({ rowKey }) => rowKey === ofImage)?.row ?? record.row;
}

interface Named {
  search: RowName | null;
  rowKey: string;
  readAt: number;
}

/** Rows of one name share a call. If their tags differ, the call asks for all tags of the name. */
function grouped(records: readonly Named[]): NamedRecords[] {
  const groups = new Map<string, { search: RowName | null; rowKeys: Set<string>; readAt: number }>();
  for (const { search, rowKey, readAt } of records) {
    const id = search ? JSON.stringify([search.namespace, search.name]) : '';
    const group = groups.get(id) ?? { search, rowKeys: new Set<string>(), readAt };
    groups.set(id, group);
    if (group.search && group.search.tag !== search?.tag) group.search = withoutTag(group.search);
    group.rowKeys.add(rowKey);
    group.readAt = Math.min(group.readAt, readAt);
  }
  return [...groups.values()];
}

function withoutTag({ tag: _tag, ...search }: RowName): RowName {
  return search;
}
