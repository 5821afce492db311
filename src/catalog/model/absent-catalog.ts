import { randomUUID } from 'node:crypto';
import type { CatalogReader, PurgeState, SeenImages } from './reader.js';
import { notSynced } from './sync-state.js';

/** The catalog of a service without one: no image, and no memory for tables. Routes refuse every question before they ask. */
export class AbsentCatalog implements CatalogReader {
  readonly version = 0;
  readonly epoch = randomUUID();
  readonly changedAt = 0;
  readonly sync = notSynced;
  readonly purges: PurgeState = { known: 0, isPending: false, hasUnreadList: false };
  readonly images = refuse;
  readonly hosts = refuse;
  readonly facets = refuse;
  readonly stream = refuse;
  readonly streamHosts = refuse;

  seenBy(): SeenImages {
    return noImages;
  }

  readAt(): number {
    return 0;
  }
}

const noImages: SeenImages = {
  dataVersion: 0,
  stateOf: () => ({ version: 0, changedAt: 0, sync: notSynced }),
  coverage: () => ({ baseOs: { known: 0, total: 0 }, files: { known: 0, total: 0 } }),
  keysOf: () => [],
  keysNamed: () => [],
  registryNames: () => [],
  whole: () => undefined,
  document: () => undefined,
  hasNewWord: () => false,
};

function refuse(): Promise<never> {
  return Promise.reject(new Error('This service has no catalog'));
}
