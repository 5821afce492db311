/** The schedule of one list's sync: which task is next, and from which wall time on. Pure: reads no clock. */
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { readUpTo } from '../model/deltas.js';
import type { DeltaKind, ListState } from '../model/sync-state.js';
import { nextWalkAt } from '../model/walks.js';

/** The intervals that pace the sync. */
export interface Pace {
  /** Time between two background calls of one API: window ÷ limit. */
  intervalMs: number;
  /** Time between two deltas of one list, by kind. */
  deltaEveryMs: Record<DeltaKind, number>;
}

/** Work that knows when its next task is due. A task makes about one call of HSS. */
export interface SideWork {
  /** Wall time in ms. Infinity: nothing is to be done. */
  readonly dueAt: number;
  runNext(signal: AbortSignal): Promise<void>;
}

/**
 * `scans` and `updates` are deltas: they read the rows that were scanned or changed lately. `ahead` is a lookup or a call
 * of a search for removed rows. `round` is a call of the round over the risky rows. `block` reads the next 200 rows of a
 * walk. `judge` finds the rows that the walk missed, and ends the walk.
 */
export type ListTask = DeltaKind | 'ahead' | 'round' | 'block' | 'judge';

/** What the schedule needs besides the list's state. */
export interface Beside {
  /** Wall time from which a lookup or a search has a call to make. */
  aheadAt: number;
  /** Calls of `ahead` since the last call of a walk or a round. */
  aheadCalls: number;
  /** A search looks for the rows that HSS does not count any more, or waits for HSS's next count. */
  isSearching: boolean;
  hasLookups: boolean;
  /** Wall time from which the round over the risky rows has a call to make. */
  roundAt: number;
  /** Calls of deltas since the last call of other work. */
  deltaCalls: number;
}

interface Due {
  task: ListTask;
  at: number;
}

/** Other work gets a call after this number of calls of deltas, however few calls consumers leave. */
const mostDeltaCalls = 2;
/**
 * A walk or a round gets a call after this number of calls of lookups and searches: purges can void many rows, and many
 * rows can be removed.
 */
const mostAheadCalls = 2;
/** The shortest time between the beginnings of two rounds over the risky rows. */
const roundEveryMs = 12 * 60_000;
/** A search or a round that HSS has refused does not begin again for this long: it must not hold up other work. */
export const refusedPauseMs = 15 * 60_000;
/** Rounds over the risky rows take at most a sixth of the time: 2,000 rows are read in 12 minutes. */
const roundShare = 6;

/**
 * A call waits for its turn for up to one interval. So a delta comes before the list's other work when it would be late
 * after one more call, or when the other delta would be late after both. Rounds come before walks, which take the
 * calls that are left.
 */
export function nextTask(state: ListState, pace: Pace, beside: Beside, now: number): Due {
  const [first, second] = nextDeltas(state, pace);
  const other = nextOther(state, pace, beside, now);
  const from = Math.max(now, other.at);
  const isLate = first.at <= from + pace.intervalMs || second.at <= from + 2 * pace.intervalMs;
  const isOwed = other.at <= now && beside.deltaCalls >= mostDeltaCalls;
  return isLate && !isOwed ? { task: first.task, at: Math.min(first.at, from) } : other;
}

/** @returns the wall time at which the next round over the risky rows is due. @param blocks of the round before. */
export function nextRoundAt({ walkedAt, risksAt }: ListState, blocks: number, { intervalMs }: Pace): number {
  if (walkedAt === null) return Infinity;
  return Math.max(risksAt ?? 0, walkedAt) + Math.max(roundEveryMs, roundShare * blocks * intervalMs);
}

/** @returns `notBefore`; -Infinity when the clock was set back by more than the pause since. */
export function afterPause(notBefore: number, now: number): number {
  return notBefore - now > refusedPauseMs ? -Infinity : notBefore;
}

export function pagesOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}

/** The delta that is due first, then the other one. */
function nextDeltas(state: ListState, { deltaEveryMs }: Pace): [Due, Due] {
  const due = (task: DeltaKind): Due => ({
    task,
    at: (readUpTo(state, task) ?? Infinity) + deltaEveryMs[task],
  });
  const [scans, updates] = [due('scans'), due('updates')];
  return scans.at <= updates.at ? [scans, updates] : [updates, scans];
}

function nextOther(state: ListState, pace: Pace, beside: Beside, now: number): Due {
  const { aheadAt, aheadCalls, roundAt } = beside;
  const walk = nextOfWalk(state, pace, beside);
  // The judgement makes no call.
  if (walk.task === 'judge' && walk.at <= now) return walk;
  const rest: Due = roundAt <= Math.max(now, walk.at) ? { task: 'round', at: roundAt } : walk;
  const isAhead = aheadAt <= now ? aheadCalls < mostAheadCalls || rest.at > now : aheadAt < rest.at;
  return isAhead ? { task: 'ahead', at: aheadAt } : rest;
}

function nextOfWalk(state: ListState, pace: Pace, { hasLookups, isSearching }: Beside): Due {
  const { walk, total, rows } = state;
  // A walk ends after its lookups.
  if (walk) return isRead(walk) ? { task: 'judge', at: hasLookups ? Infinity : 0 } : { task: 'block', at: 0 };
  return { task: 'block', at: nextWalkAt(state, pagesOf(total ?? rows) * pace.intervalMs, isSearching) };
}

function isRead({ offset, total }: { offset: number; total: number | null }): boolean {
  return total !== null && offset >= total;
}
