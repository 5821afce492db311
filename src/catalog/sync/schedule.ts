import { blockRows } from '../../endpoints/lists/list-reader.js';
import type { ListState } from '../model/change-set.js';

/** The times by which the sync goes. */
export interface Pace {
  /** Between two background calls of one API: window ÷ limit. */
  intervalMs: number;
  /** Between two looks at what was scanned. */
  deltaEveryMs: number;
}

export type Step = 'block' | 'judge' | 'look-up' | 'delta';

/** A full walk keeps at least this distance from the one before, */
const walkEveryMs = 15 * 60_000;
/** and takes a tenth of the time, */
const walkShare = 10;
/** or half of it when rows are known to have come or gone. */
const movedShare = 2;

/**
 * Pure: what is to be done next about a list, and from which wall time on. A walk can take hours: once the catalog is
 * complete, looks at what was scanned come between its blocks.
 */
export function nextStep(state: ListState, pace: Pace, now: number): { step: Step; at: number } {
  const { walk, walkedAt, deltaAt } = state;
  const nextDeltaAt = walkedAt === null ? Infinity : (deltaAt ?? walkedAt) + pace.deltaEveryMs;
  if (walk && nextDeltaAt <= now) return { step: 'delta', at: nextDeltaAt };
  if (walk?.isLookingUp) return { step: 'look-up', at: 0 };
  if (walk) return { step: isRead(walk) ? 'judge' : 'block', at: 0 };
  if (walkedAt === null) return { step: 'block', at: 0 };
  const walkAt = walkedAt + walkDistanceMs(state, pace);
  return walkAt <= nextDeltaAt ? { step: 'block', at: walkAt } : { step: 'delta', at: nextDeltaAt };
}

export function pagesOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}

/** HSS counts other rows than are known here. */
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
