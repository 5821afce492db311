import { createHash } from 'node:crypto';
import type { CatalogList } from '../model/change-set.js';

/** Names a row of a list as it stands under one image, in 67 bits; begins with its list. */
export type RowHash = string;

const mark: Record<CatalogList, string> = { registry: 'r', local: 'l' };

export function rowHash(list: CatalogList, { rowKey, key }: { rowKey: string; key: string }): RowHash {
  const digest = createHash('sha256').update(`${rowKey}\n${key}`).digest('base64url');
  return mark[list] + digest.slice(0, 11);
}

export function isOf(list: CatalogList, hash: RowHash): boolean {
  return hash.startsWith(mark[list]);
}
