import { Replica } from '../log/replica.js';
import { FleetSync } from './fleet-sync.js';
import { SoleSync } from './sole-sync.js';
import type { CatalogSync, CatalogSyncOptions } from './catalog-sync.js';

/** The shortest time between two deltas of one list. */
const leastDeltaMs = 60_000;

export function createCatalogSync(options: CatalogSyncOptions): CatalogSync {
  const { rate, lifetimes, redis, store, follower } = options;
  const replica = new Replica(store);
  const begin = () => follower.begin(store.epoch, store.version, store.changedAt);
  begin();
  replica.onLoaded(begin);
  replica.onApplied((changes) => follower.record(changes));
  const parts = {
    ...options,
    replica,
    pace: {
      intervalMs: rate.windowMs / rate.limit,
      deltaEveryMs: Math.max(leastDeltaMs, lifetimes.listsMs),
    },
  };
  return redis ? new FleetSync({ ...parts, redis }) : new SoleSync(parts);
}
