import { youngEnoughMs, type FreshnessDemand } from '../../cache/freshness-demand.js';
import type { Dependency, VersionedStore } from '../../cache/validity.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import type { CatalogReader } from '../model/reader.js';
import type { Coverage } from '../model/catalog-query.js';
import { asOf, isComplete } from '../model/sync-state.js';

/** The state of the catalog, as every answer of the catalog shows it. */
export interface CatalogMark {
  /** The time of HSS's state in the catalog. Before the first walks end: the time of the newest change set. */
  asOf: string;
  /** Whether both lists were read from start to end. */
  complete: boolean;
  coverage: Coverage;
}

/** The age of a version, and whether it is complete. */
export interface CatalogAge {
  /** Wall time in ms. */
  asOf: number;
  complete: boolean;
}

/** The age of the newest version. The older of the two lists decides. */
export function ageOf({ sync, changedAt }: CatalogReader): CatalogAge {
  const complete = isComplete(sync);
  return { complete, asOf: (complete ? asOf(sync) : null) ?? changedAt };
}

export function markOf(age: CatalogAge, coverage: Coverage): CatalogMark {
  return { asOf: new Date(age.asOf).toISOString(), complete: age.complete, coverage };
}

/**
 * Tells answers whether the catalog has changed. Each change has a new version. After a loss the epoch is new as
 * well.
 */
export class CatalogVersions implements VersionedStore {
  constructor(private readonly reader: CatalogReader) {}

  versionOf(key: string): string | number {
    return key === 'epoch' ? this.reader.epoch : this.reader.version;
  }

  /** The epoch and the newest version, for an answer that holds only until one of them changes. */
  dependencies(): readonly Dependency[] {
    return ['epoch', 'version'].map((key) => ({ store: this, key, version: this.versionOf(key) }));
  }
}

/** The freshness of a version, as if it were a cache entry: fresh for as long as a list of HSS. */
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

/** Whether data of the catalog are fresh enough for a request. */
export function satisfiesDemand(
  { fetchedAt, status }: Freshness,
  demand: FreshnessDemand,
  now: number,
): boolean {
  if (demand.mustBeFresh && status !== 'fresh') return false;
  return demand.maxAgeMs === undefined || now - fetchedAt <= Math.max(demand.maxAgeMs, youngEnoughMs);
}
