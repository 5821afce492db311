/**
 * The state of the sync in the form that `GET /v1/catalog/status` shows, and when the sync expects to end.
 * FleetSync and SoleSync fill in the parts.
 */
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { iso } from '../../time/iso.js';
import type { CatalogReader } from '../model/reader.js';
import { asOf, isComplete, isListUnread, type ListState } from '../model/sync-state.js';
import { pagesOf } from './schedule.js';
import type { SyncFailure } from './sync-failures.js';

/** All times are RFC 3339 in UTC. */
export interface ListStatus {
  rows: number;
  total: number | null;
  /**
   * Null while no walk is running. `again`: the walk follows another walk at once, to find the rows that the other
   * walk missed.
   */
  walk: { startedAt: string; pagesDone: number; pagesExpected: number | null; again: boolean } | null;
  walkedAt: string | null;
  deltaAt: string | null;
}

export interface PartStatus {
  known: number;
  total: number;
  /** Expected when consumers leave all calls to the sync; null when nothing is missing. */
  expectedEndAt: string | null;
}

/** The state of the catalog and of its sync, for `/v1/catalog/status`. */
export interface CatalogStatus {
  complete: boolean;
  /** The catalog holds HSS's state at this time. */
  asOf: string | null;
  epoch: string;
  version: number;
  registry: ListStatus;
  local: ListStatus;
  /** Calls of HSS that the sync has made so far. */
  calls: number;
  /** End of the first or the running walk, expected when consumers leave all calls to the sync. Null: not known. */
  expectedEndAt: string | null;
  coverage: { baseOs: PartStatus; files: PartStatus };
  /** Null while no instance syncs. */
  syncingInstance: string | null;
  /** The missing part without which the sync cannot work. Null while nothing is missing. */
  waitingFor: 'redis' | null;
  /** Null: HSS's own default, which hides images of other projects. */
  enterpriseProjectId: string | null;
  lastError: { at: string; code: string } | null;
}

export interface StatusParts {
  catalog: CatalogReader;
  syncingInstance: string | null;
  waitingFor: CatalogStatus['waitingFor'];
  lastError: SyncFailure | null;
  enterpriseProjectId: string | undefined;
  intervalMs: number;
  now: number;
}

export function statusOf(parts: StatusParts): CatalogStatus {
  const { catalog, syncingInstance, waitingFor, lastError, enterpriseProjectId, intervalMs, now } = parts;
  const { sync, epoch, version } = catalog;
  const { baseOs, files } = catalog.seenBy(null).coverage();
  // The APIs of the two lists have separate call rates, and no list waits for the other: the longer list decides.
  const callsLeft = Math.max(...[sync.registry, sync.local].map(pagesLeft));
  const part = ({ known, total }: { known: number; total: number }): PartStatus => {
    const expectedEndAt = known < total ? iso(now + (total - known) * intervalMs) : null;
    return { known, total, expectedEndAt };
  };
  return {
    complete: isComplete(sync),
    asOf: iso(asOf(sync)),
    epoch,
    version,
    registry: listStatus(sync.registry),
    local: listStatus(sync.local),
    calls: sync.calls,
    expectedEndAt: callsLeft > 0 && callsLeft < Infinity ? iso(now + callsLeft * intervalMs) : null,
    coverage: { baseOs: part(baseOs), files: part(files) },
    syncingInstance,
    waitingFor,
    enterpriseProjectId: enterpriseProjectId ?? null,
    lastError: lastError && { at: iso(lastError.at), code: lastError.code },
  };
}

/** The status of an instance whose catalog is off. */
export function statusWithoutSync(
  catalog: CatalogReader,
  enterpriseProjectId: string | undefined,
  now: number,
): CatalogStatus {
  return statusOf({
    catalog,
    syncingInstance: null,
    waitingFor: null,
    lastError: null,
    enterpriseProjectId,
    intervalMs: 0,
    now,
  });
}

function listStatus({ rows, total, walk, walkedAt, deltaAt }: ListState): ListStatus {
  return {
    rows,
    total,
    walk: walk && {
      startedAt: iso(walk.startedAt),
      pagesDone: Math.ceil(walk.offset / blockRows),
      pagesExpected: walk.total === null ? null : pagesOf(walk.total),
      again: walk.follows !== null,
    },
    walkedAt: iso(walkedAt),
    deltaAt: iso(deltaAt),
  };
}

/** @returns Infinity when HSS has not said the total yet. */
function pagesLeft(state: ListState): number {
  const { walk, walkedAt, total } = state;
  if (walk)
    return walk.total === null ? Infinity : Math.ceil(Math.max(0, walk.total - walk.offset) / blockRows);
  if (walkedAt !== null && !isListUnread(state)) return 0;
  return total === null ? Infinity : pagesOf(total);
}
