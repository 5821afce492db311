/**
 * What the deltas of a list have read, and what is left to the next walk. The sync changes a list's state by these
 * rules. They read no clock.
 */
import { deltaKinds, type DeltaKind, type ListState } from './sync-state.js';

const knownUntil = { scans: 'deltaAt', updates: 'updatesAt' } as const;

/** Wall time (ms) from which the next delta reads. Null before the first walk has ended. */
export function readUpTo(state: ListState, kind: DeltaKind): number | null {
  return state.cutShort?.[kind] ?? state[knownUntil[kind]] ?? state.walkedAt;
}

/** A delta that HSS was asked for at `at` has read all rows of its kind. */
export function endDelta(state: ListState, kind: DeltaKind, at: number): void {
  if (state.cutShort?.[kind] === undefined) state[knownUntil[kind]] = at;
  else state.cutShort[kind] = at;
}

/**
 * A delta that HSS was asked for at `at` has too many rows. A walk reads them, since another instance can continue a
 * walk. Later deltas read on from `at`, but the catalog counts as known only up to the last whole delta.
 */
export function cutDeltaShort(state: ListState, kind: DeltaKind, at: number): void {
  state.cutShort = { ...state.cutShort, [kind]: at };
  state.walkSince = at;
}

/** A walk that began at `startedAt` has ended. It has read all rows, so it makes up for deltas that were cut short before. */
export function endWalk(state: ListState, startedAt: number): void {
  state.walk = null;
  state.walkedAt = startedAt;
  const makesUp = state.walkSince === undefined || state.walkSince <= startedAt;
  for (const kind of deltaKinds) {
    const known = knownUntil[kind];
    state[known] = Math.max(startedAt, state[known] ?? 0, (makesUp && state.cutShort?.[kind]) || 0);
  }
  if (!makesUp) return;
  delete state.cutShort;
  delete state.walkSince;
}

/** Whether deltas were cut short, so that a walk is due at once. */
export function isCutShort({ cutShort }: ListState): boolean {
  return cutShort !== undefined;
}
