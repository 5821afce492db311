/**
 * Tells when the catalog will be newer or complete, for the `Retry-After` of a refused request. Follows the schedule of
 * the sync: when consumers need all calls, the catalog is later than told here. Pure: reads no clock.
 */
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { isListUnread, type ListState, type SyncState } from '../model/sync-state.js';

export interface Renewal {
  sync: SyncState;
  /** Wall time in ms. */
  now: number;
  /** Time between two calls of one API. */
  intervalMs: number;
  /** Time between two deltas of one list. */
  deltaEveryMs: number;
}

/** The duration of a call, and of the way of its step to every instance. */
const settleMs = 3_000;
/** If no delta of so many makes the catalog new enough, no later delta will. */
const mostDeltas = 20;

/**
 * @param isNewEnough whether a catalog that holds HSS's state at `asOf` serves the request at the wall time `at`.
 * @returns the wall time (ms) from which the request can succeed. The time of the next delta, if no delta will do: the
 * deltas of the two lists can lie further apart than the request accepts.
 */
export function renewedAt(
  { sync, now, intervalMs, deltaEveryMs }: Renewal,
  isNewEnough: (asOf: number, at: number) => boolean,
): number {
  const lists = [sync.registry, sync.local].map(({ deltaAt }) => {
    const readAt = deltaAt ?? now;
    const dueAt = readAt + deltaEveryMs;
    // A delta that is late waits for a call.
    return { readAt, dueAt: dueAt < now ? now + intervalMs : dueAt };
  });
  const nextAt = Math.min(...lists.map(({ dueAt }) => dueAt)) + settleMs;
  for (let delta = 0; delta < mostDeltas; delta += 1) {
    const [next] = lists.sort((a, b) => a.dueAt - b.dueAt);
    if (!next) break;
    next.readAt = next.dueAt;
    next.dueAt += deltaEveryMs;
    const at = next.readAt + settleMs;
    if (isNewEnough(Math.min(...lists.map(({ readAt }) => readAt)), at)) return at;
  }
  return nextAt;
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
