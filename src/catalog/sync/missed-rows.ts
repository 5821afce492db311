/**
 * Finds the known rows that a walk has not met, and groups them into lookups by name. The walk's settlement uses
 * both. Nothing in this file calls HSS or changes the catalog.
 */
import type { HssList } from '../../endpoints/lists/hss-list.js';
import type { CatalogList } from '../model/sync-state.js';
import type { HostRecord, ImageDocument, RegistryRecord } from '../model/documents.js';
import type { CatalogStore } from '../model/reader.js';
import type { ListRow } from './change-set-builder.js';
import type { ListRequests } from './list-requests.js';
import type { RecentReads } from './recent-reads.js';
import { rowHash, type RowHash } from '../model/row-hash.js';

/** A known row that a walk has not met. */
export interface MissedRow {
  hash: RowHash;
  key: string;
  rowKey: string;
  row: ListRow;
}

/** One request by name, and the missed rows that the answer decides about. */
export interface Lookup {
  list: HssList<ListRow>;
  rows: MissedRow[];
}

/**
 * Compares the known rows with the rows that a walk has met. A row that a delta, a lookup or a consumer's call has
 * read since `startedAt` counts as met.
 * @returns how many rows are known, and the missed ones.
 */
export async function findMissed(
  list: CatalogList,
  store: CatalogStore,
  seen: ReadonlySet<RowHash>,
  recent: RecentReads,
  startedAt: number,
): Promise<{ rows: number; missed: MissedRow[] }> {
  const missed: MissedRow[] = [];
  let rows = 0;
  for await (const slice of store.documents())
    for (const { image } of slice)
      for (const record of recordsOf(list, image)) {
        rows += 1;
        const { key } = image;
        const hash = rowHash(list, { key, rowKey: record.rowKey });
        if (seen.has(hash) || Math.max(record.readAt, recent.at(hash) ?? 0) >= startedAt) continue;
        // A record lacks the `entries` of a row, which no lookup by name needs.
        missed.push({ hash, key, rowKey: record.rowKey, row: record.row as ListRow });
      }
  return { rows, missed };
}

/** @returns null when HSS cannot be asked for one of the rows by name. */
export function lookupsFor(requests: ListRequests, missed: readonly MissedRow[]): Lookup[] | null {
  const lookups = new Map<string, Lookup>();
  for (const row of missed) {
    const list = requests.named(row.row);
    if (!list) return null;
    const key = JSON.stringify(list.query);
    const lookup = lookups.get(key) ?? { list, rows: [] };
    lookups.set(key, lookup);
    lookup.rows.push(row);
  }
  return [...lookups.values()];
}

/** Whether the row has the names that the lookup asked for. A name that HSS was not asked for may be any. */
export function isAskedFor(row: ListRow, { rows: [missed] }: Lookup): boolean {
  const { name, tag } = missed?.row ?? row;
  return row.name === name && (tag === null || row.tag === tag);
}

function recordsOf(list: CatalogList, image: ImageDocument): (RegistryRecord | HostRecord)[] {
  return list === 'local' ? image.onHosts : image.entries.filter(({ variantOf }) => variantOf === null);
}
