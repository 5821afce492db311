import type { ListState } from './model/change-set.js';
import { VersionGone, type CatalogReader } from './model/reader.js';

const unread: ListState = {
  ...{ walk: null, walkedAt: null, deltaAt: null, newestScan: null, total: null, rows: 0, duplicates: 0 },
};

const nothing = () => Promise.reject(new VersionGone());

/** A catalog before its first block. */
export const emptyReader: CatalogReader = {
  version: 0,
  epoch: '',
  changedAt: 0,
  sync: { registry: unread, local: unread, missedOnce: [], lastSerial: 0, calls: 0 },
  coverage: () => ({ baseOs: { known: 0, total: 0 }, files: { known: 0, total: 0 } }),
  keysOf: () => [],
  keysNamed: () => [],
  image: () => undefined,
  document: () => undefined,
  content: () => undefined,
  images: nothing,
  hosts: nothing,
  facets: nothing,
  stream: () => ({ [Symbol.asyncIterator]: () => ({ next: nothing }) }),
};
