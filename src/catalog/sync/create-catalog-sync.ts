import { catalogPace } from '../catalog-settings.js';
import { Replica } from '../log/replica.js';
import { FleetSync } from './fleet-sync.js';
import { SoleSync } from './sole-sync.js';
import type { CatalogSync, CatalogSyncOptions } from './catalog-sync.js';

export function createCatalogSync(options: CatalogSyncOptions): CatalogSync {
  const { rate, lifetimes, redis, store, replay, changes } = options;
  changes.begin(store.epoch, store.version, store.changedAt);
  const replica = new Replica(store, replay, changes);
  const parts = {
    ...options,
    replica,
    pace: {
      intervalMs: rate.windowMs / rate.limit,
      deltaEveryMs: catalogPace(lifetimes).deltaEveryMs,
    },
  };
  return redis ? new FleetSync({ ...parts, redis }) : new SoleSync(parts);
}
