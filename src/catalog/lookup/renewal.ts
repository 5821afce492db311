/**
 * Tells when the catalog will be newer or complete, for the `Retry-After` of a refused request. Follows the schedule of
 * the sync. Consumers that take calls make the catalog later than told here. Pure: reads no clock.
 */
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { readUpTo } from '../model/deltas.js';
import { isListUnread, type DeltaKind, type ListState, type SyncState } from '../model/sync-state.js';
import { nextWalkAt } from '../model/walks.js';

export interface Renewal {
  sync: SyncState;
  /** Wall time in ms. */
  now: number;
  /** The least time between a background call and the call before, of one API. */
  intervalMs: number;
  /** Time between two deltas of one list, by kind. */
  deltaEveryMs: Record<DeltaKind, number>;
}

/** The duration of a call, and of the way of its step to every instance. */
const settleMs = 3_000;
/** If none of this number of deltas makes the catalog new enough, no later delta will. */
const mostDeltas = 20;

/**
 * @param isNewEnough whether a catalog that holds HSS's state at `asOf` serves the request at the wall time `at`.
 * @returns the wall time (ms) from which the request can succeed. If no delta will do, because the deltas of the two
 * lists lie further apart than the request accepts: the time at which both lists have been read again.
 */
export function renewedAt(renewal: Renewal, isNewEnough: (asOf: number, at: number) => boolean): number {
  const lists = [renewal.sync.registry, renewal.sync.local].map((state) => {
    const reads = scanDeltas(state, renewal);
    return { readAt: state.deltaAt ?? renewal.now, nextAt: reads.next().value, reads };
  });
  const bothAt = Math.max(...lists.map(({ nextAt }) => nextAt)) + settleMs;
  for (let delta = 0; delta < mostDeltas; delta += 1) {
    const [next] = lists.sort((a, b) => a.nextAt - b.nextAt);
    if (!next) break;
    next.readAt = next.nextAt;
    next.nextAt = next.reads.next().value;
    const at = next.readAt + settleMs;
    if (isNewEnough(Math.min(...lists.map(({ readAt }) => readAt)), at)) return at;
  }
  return bothAt;
}

/** The wall times of the coming deltas of scans. Deltas of both kinds share the calls of the list's API. */
function* scanDeltas(state: ListState, { now, intervalMs, deltaEveryMs }: Renewal): Generator<number, never> {
  const last = { scans: readUpTo(state, 'scans') ?? now, updates: readUpTo(state, 'updates') ?? now };
  const due = { scans: last.scans + deltaEveryMs.scans, updates: last.updates + deltaEveryMs.updates };
  let freeAt = (state.walk ? now : Math.max(last.scans, last.updates)) + intervalMs;
  for (;;) {
    const kind = due.scans <= due.updates ? 'scans' : 'updates';
    const dueAt = Math.max(due[kind], freeAt);
    // Consumers take the calls for which a late delta waits, and may take them for as long again.
    const at = dueAt < now ? now + Math.max(intervalMs, now - dueAt) : dueAt;
    due[kind] = at + deltaEveryMs[kind];
    freeAt = at + intervalMs;
    if (kind === 'scans') yield at;
  }
}

/**
 * @returns the earliest wall time (ms) at which rows that no delta reads can have been read again, by a walk. A search
 * for removed rows makes the walk later than told here.
 */
export function walkedAgainAt({ sync, now, intervalMs }: Renewal): number {
  const times = [sync.registry, sync.local].map((state) => {
    if (state.walk || state.walkedAt === null) return now + callsLeft(state) * intervalMs;
    const walkMs = blocksOf(state.total ?? state.rows) * intervalMs;
    return Math.max(now, nextWalkAt(state, walkMs, false)) + intervalMs;
  });
  return Math.min(...times) + settleMs;
}

/** @returns the wall time (ms) from which both lists are read to their ends. */
export function completeAt({ sync, now, intervalMs }: Renewal): number {
  const calls = Math.max(1, ...[sync.registry, sync.local].map(callsLeft));
  return now + calls * intervalMs + settleMs;
}

/** Calls until the list is read to its end. One, when HSS has not said how long the list is. */
function callsLeft(state: ListState): number {
  const { walk, walkedAt, total } = state;
  if (walk) return blocksOf((walk.total ?? 0) - walk.offset);
  return walkedAt !== null && !isListUnread(state) ? 0 : blocksOf(total ?? 0);
}

function blocksOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}
