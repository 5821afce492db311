import { isYoungEnough, type FreshnessDemand } from '../../cache/freshness-demand.js';
import { isAhead } from '../../cache/entry.js';
import type { Dependency, VersionedStore } from '../../cache/validity.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import { iso } from '../../time/iso.js';
import type { CatalogReader } from '../model/reader.js';
import type { Coverage } from '../model/catalog-query.js';
import { asOf, isComplete, type CatalogList, type ListState, type SyncState } from '../model/sync-state.js';

/** The state of the catalog, as every answer of the catalog shows it. */
export interface CatalogMark {
  /** The time of HSS's state in the catalog. Before the first walks end: the time of the newest change set. */
  asOf: string;
  /** Whether both lists were read from start to end. */
  complete: boolean;
  coverage: Coverage;
  /** For each kind of change, the time before which all changes of HSS show. Null until then. */
  lists: Record<CatalogList, Record<keyof ListAge, string | null>>;
}

/**
 * The ages of one list, as wall times in ms. `walkedAt`: all rows of the list are as HSS showed them at this time or
 * later, and no row is missing or gone that HSS had changed before. `deltaAt`: all scans before this time show.
 * `updatesAt`: all changes before this time show that move a row's update time. `countedAt`: rows that came or went
 * before this time made HSS count another number, and a walk finds them. `risksAt`: severity and counts of the risky
 * rows were read at this time or later.
 */
export interface ListAge {
  walkedAt: number | null;
  deltaAt: number | null;
  updatesAt: number | null;
  countedAt: number | null;
  risksAt: number | null;
}

/** The age of a version, and whether it is complete. */
export interface CatalogAge {
  /** Wall time in ms. */
  asOf: number;
  complete: boolean;
  lists: Record<CatalogList, ListAge>;
  /** A purge has voided a whole list, so nothing counts as fresh until the next walk ends. */
  isUnread: boolean;
}

/** The age of a state. The older of the two lists decides. */
export function ageOf({
  sync,
  changedAt,
  purges,
}: Pick<CatalogReader, 'sync' | 'changedAt' | 'purges'>): CatalogAge {
  const isUnread = purges.hasUnreadList;
  const complete = isComplete(sync);
  const at = (complete || isUnread ? asOf(sync) : null) ?? changedAt;
  return { complete: complete && !isUnread, isUnread, asOf: at, lists: listAges(sync) };
}

function listAges({ registry, local }: SyncState): Record<CatalogList, ListAge> {
  const ageOfList = (state: ListState): ListAge => {
    const { walkedAt, deltaAt, updatesAt = null, countedAt = null, risksAt = null } = state;
    return { walkedAt, deltaAt, updatesAt, countedAt, risksAt };
  };
  return { registry: ageOfList(registry), local: ageOfList(local) };
}

export function markOf(age: CatalogAge, coverage: Coverage): CatalogMark {
  const { registry, local } = age.lists;
  return {
    asOf: new Date(age.asOf).toISOString(),
    complete: age.complete,
    coverage,
    lists: { registry: shown(registry), local: shown(local) },
  };
}

function shown(age: ListAge): Record<keyof ListAge, string | null> {
  const { walkedAt, deltaAt, updatesAt, countedAt, risksAt } = age;
  return {
    walkedAt: iso(walkedAt),
    deltaAt: iso(deltaAt),
    updatesAt: iso(updatesAt),
    countedAt: iso(countedAt),
    risksAt: iso(risksAt),
  };
}

/**
 * Tells answers whether the catalog has changed. Each change has a new version. After a loss the epoch is new as
 * well.
 */
export class CatalogVersions implements VersionedStore {
  readonly name = 'catalog';

  constructor(private readonly reader: CatalogReader) {}

  versionOf(key: string): string | number {
    if (key === 'purges') return this.reader.purges.known;
    return key === 'epoch' ? this.reader.epoch : this.reader.version;
  }

  /** The epoch, the newest version and the last purge, for an answer that holds only until one of them changes. */
  dependencies(): readonly Dependency[] {
    return ['epoch', 'version', 'purges'].map((key) => ({ store: this, key, version: this.versionOf(key) }));
  }
}

/** The freshness of data of the catalog, as if they were a cache entry that was read at `fetchedAt`. */
export function freshnessOfCatalog(
  versions: CatalogVersions,
  fetchedAt: number,
  lifeMs: number,
  now: number,
): Freshness {
  const freshUntil = fetchedAt + lifeMs;
  // A time in the future comes from a wrong clock and says nothing about the age.
  const isFresh = now < freshUntil && !isAhead(fetchedAt, now);
  return {
    status: isFresh ? 'fresh' : 'stale',
    outcome: 'hit',
    collapsed: false,
    fetchedAt,
    freshUntil,
    // Nothing renews stale data of the catalog but a new version.
    validity: { until: isFresh ? freshUntil : Infinity, dependencies: versions.dependencies() },
  };
}

/** Whether data of the catalog are fresh enough for a request. */
export function satisfiesDemand(
  { fetchedAt, status }: Freshness,
  demand: FreshnessDemand,
  now: number,
): boolean {
  if (demand.maxAgeMs !== undefined) return isYoungEnough(fetchedAt, demand.maxAgeMs, now);
  return !demand.mustBeFresh || status === 'fresh';
}
