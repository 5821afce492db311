import { createHash } from 'node:crypto';
import type { RegistryRecord } from './documents.js';
import type { CatalogList } from './sync-state.js';

/** Names a row of a list under one image: a letter for the list, then 66 bits of a hash. */
export type RowHash = string;

const prefix: Record<CatalogList, string> = { registry: 'r', local: 'l' };

export function rowHash(list: CatalogList, { rowKey, key }: { rowKey: string; key: string }): RowHash {
  const hash = createHash('sha256').update(`${rowKey}\n${key}`).digest('base64url');
  return prefix[list] + hash.slice(0, 11);
}

export function isOf(list: CatalogList, hash: RowHash): boolean {
  return hash.startsWith(prefix[list]);
}

/** The hash of the registry row that told a record. An architecture has no row of its own: the image's row told it. */
export function registryRowHash(key: string, { rowKey, variantOf }: RegistryRecord): RowHash {
  if (variantOf === null) return rowHash('registry', { key, rowKey });
  return rowHash('registry', { key: variantOf, rowKey: rowKey.slice(0, rowKey.lastIndexOf('/variant/')) });
}
