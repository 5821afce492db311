import { youngEnoughMs, type FreshnessDemand } from '../../cache/freshness-demand.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import type { CatalogReader } from '../model/reader.js';
import type { Coverage } from '../model/catalog-query.js';
import { asOf, isComplete } from '../model/sync-state.js';

/** What every answer of the catalog says of it. */
export interface CatalogMark {
  /** As of when the lists of HSS are in it; before the first walks are through, what is there so far. */
  asOf: string;
  /** Both lists were read from start to end. */
  complete: boolean;
  coverage: Coverage;
}

/** How old the newest state is, and whether it is whole. */
export interface CatalogAge {
  /** Wall time in ms. */
  asOf: number;
  complete: boolean;
}

/** As old as the older of the two lists: nothing that is newer than this was looked for in both. */
export function ageOf({ sync, changedAt }: CatalogReader): CatalogAge {
  const complete = isComplete(sync);
  return { complete, asOf: (complete ? asOf(sync) : null) ?? changedAt };
}

export function markOf(age: CatalogAge, coverage: Coverage): CatalogMark {
  return { asOf: new Date(age.asOf).toISOString(), complete: age.complete, coverage };
}

/** The catalog as answers depend on it: a change has another version, a catalog that was lost has another epoch. */
export class CatalogVersions implements VersionedStore {
  constructor(private readonly reader: CatalogReader) {}

  versionOf(key: string): string | number {
    return key === 'epoch' ? this.reader.epoch : this.reader.version;
  }

  /** The newest state, as dependencies of an answer. */
  dependencies(): readonly Dependency[] {
    return ['epoch', 'version'].map((key) => ({ store: this, key, version: this.versionOf(key) }));
  }
}

/** A state of the catalog as a cache entry would be seen: fresh for as long as a list of HSS is. */
export function freshnessOfCatalog(
  versions: CatalogVersions,
  age: CatalogAge,
  lifeMs: number,
  now: number,
): Freshness {
  const freshUntil = age.asOf + lifeMs;
  return {
    status: now < freshUntil ? 'fresh' : 'stale',
    outcome: 'hit',
    collapsed: false,
    fetchedAt: age.asOf,
    freshUntil,
    lifeMs,
    validity: { until: freshUntil, dependencies: versions.dependencies() },
  };
}

/** Whether what the catalog holds is new enough for whoever says how new it must be. */
export function satisfiesDemand(
  { fetchedAt, status }: Freshness,
  demand: FreshnessDemand,
  now: number,
): boolean {
  if (demand.mustBeFresh && status !== 'fresh') return false;
  return demand.maxAgeMs === undefined || now - fetchedAt <= Math.max(demand.maxAgeMs, youngEnoughMs);
}
