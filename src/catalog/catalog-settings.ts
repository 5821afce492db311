import { keyHashOf } from '../cache/key-hash.js';
import type { Config } from '../config/config.js';
import type { DataScope } from '../config/data-scope.js';
import { regionHost } from '../config/endpoints.js';
import type { HssConfig } from '../config/hss.js';
import type { DeltaKind } from './model/sync-state.js';

/** Everything that the catalog needs to know about the service around it. */
export interface CatalogSettings {
  /** False: the catalog reads nothing in the background. */
  isOn: boolean;
  /** False: there is no catalog, and DuckDB is not loaded. */
  hasIndex: boolean;
  instance: string;
  /**
   * Identifies the data that the catalog holds: HSS, project, HSS user and enterprise project. Part of Redis keys, so
   * it contains no secrets and no braces.
   */
  scope: string;
  /** The scopes under which release 0.1.0 can have kept the same data. */
  formerScopes: readonly string[];
  /** The configured project; undefined means HSS's default project. */
  enterpriseProjectId: string | undefined;
  /** The hosts of our registries that rows do not tell: SWR's host of the region, and REGISTRY_HOSTS. */
  registryHosts: { swr: string; configured: readonly string[] };
  /** Ids whose purge names everything in this catalog: HSS's project and the enterprise project. */
  projects: readonly string[];
  /** HSS_RATE. */
  rate: { limit: number; windowMs: number };
  /** TTL_LISTS, TTL_CONTENT. */
  lifetimes: { listsMs: number; contentMs: number };
}

const leastFreshMs = 60_000;
/** A change that moves a row's update time shows after at most this time and the wait for a free call. */
const leastUpdatesEveryMs = 60_000;

/**
 * How long the catalog counts as fresh, and when the next deltas are due. The delta of scans is due before the fresh
 * life ends: it can wait for its turn in the call budget and behind a block of a walk. No fresh life depends on the
 * delta of updates.
 */
export function catalogPace({ listsMs }: Pick<CatalogSettings['lifetimes'], 'listsMs'>): {
  freshMs: number;
  deltaEveryMs: Record<DeltaKind, number>;
} {
  const freshMs = Math.max(leastFreshMs, listsMs);
  return {
    freshMs,
    deltaEveryMs: { scans: (2 / 3) * freshMs, updates: Math.max(leastUpdatesEveryMs, listsMs) },
  };
}

export const CATALOG_SETTINGS = Symbol('CatalogSettings');

export function catalogSettings(
  { hasCatalog, hss, budget, lifetimes, registryHosts }: Config & { hss: HssConfig },
  instance: string,
  { scope, formerScopes }: DataScope,
): CatalogSettings {
  const { enterpriseProjectId } = hss;
  const scopeOf = (each: string) => keyHashOf(`${each}:${encodeURIComponent(enterpriseProjectId ?? '')}`);
  return {
    isOn: hasCatalog,
    hasIndex: hasCatalog,
    instance,
    scope: scopeOf(scope),
    formerScopes: formerScopes.map(scopeOf),
    enterpriseProjectId,
    registryHosts: { swr: regionHost('swr', hss.region), configured: registryHosts },
    projects: [hss.projectId, ...(enterpriseProjectId === undefined ? [] : [enterpriseProjectId])],
    rate: budget.rate,
    lifetimes,
  };
}
