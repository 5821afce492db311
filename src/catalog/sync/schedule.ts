/** The schedule of one list's sync: which task is next, and from which wall time on. Pure: reads no clock. */
import { blockRows } from '../../endpoints/lists/list-reader.js';
import { isListUnread, type ListState } from '../model/sync-state.js';

/** The two intervals that pace the sync. */
export interface Pace {
  /** Time between two background calls of one API: window ÷ limit. */
  intervalMs: number;
  /** Time between two deltas of one list. */
  deltaEveryMs: number;
}

/**
 * `block` reads the next 200 rows of a walk. `judge` finds the rows that the walk missed. `look-up` asks HSS for
 * missed rows by name. `delta` reads the rows that were scanned lately.
 */
export type ListTask = 'block' | 'judge' | 'look-up' | 'delta';

/** The shortest time between the beginnings of two full walks. */
const walkEveryMs = 15 * 60_000;
/** Full walks take at most a tenth of the time. */
const walkShare = 10;
/** Full walks take up to half of the time when HSS's total shows that rows came or went. */
const movedShare = 2;

/** A walk can take hours. After the first walk, deltas come between the blocks of a walk. */
export function nextTask(state: ListState, pace: Pace, now: number): { task: ListTask; at: number } {
  const { walk, walkedAt, deltaAt } = state;
  const nextDeltaAt = walkedAt === null ? Infinity : (deltaAt ?? walkedAt) + pace.deltaEveryMs;
  if (walk && nextDeltaAt <= now) return { task: 'delta', at: nextDeltaAt };
  if (walk?.isLookingUp) return { task: 'look-up', at: 0 };
  if (walk) return { task: isRead(walk) ? 'judge' : 'block', at: 0 };
  if (walkedAt === null || isListUnread(state)) return { task: 'block', at: 0 };
  const walkAt = walkedAt + walkDistanceMs(state, pace);
  return walkAt <= nextDeltaAt ? { task: 'block', at: walkAt } : { task: 'delta', at: nextDeltaAt };
}

export function pagesOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}

/** Whether HSS counts another number of rows than the catalog knows. */
function hasMoved({ total, rows, duplicates }: ListState): boolean {
  return total !== null && total !== rows + duplicates;
}

function isRead({ offset, total }: { offset: number; total: number | null }): boolean {
  return total !== null && offset >= total;
}

function walkDistanceMs(state: ListState, { intervalMs }: Pace): number {
  const durationMs = pagesOf(state.total ?? state.rows) * intervalMs;
  return hasMoved(state) ? movedShare * durationMs : Math.max(walkEveryMs, walkShare * durationMs);
}
