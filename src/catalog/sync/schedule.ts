/** The schedule of one list's sync: which task is next, and from which wall time on. Pure: reads no clock. */
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { isCutShort, readUpTo } from '../model/deltas.js';
import { isListUnread, type DeltaKind, type ListState } from '../model/sync-state.js';

/** The intervals that pace the sync. */
export interface Pace {
  /** Time between two background calls of one API: window ÷ limit. */
  intervalMs: number;
  /** Time between two deltas of one list, by kind. */
  deltaEveryMs: Record<DeltaKind, number>;
}

/**
 * `block` reads the next 200 rows of a walk. `judge` finds the rows that the walk missed. `look-up` asks HSS for
 * missed rows by name. `scans` and `updates` are deltas: they read the rows that were scanned or changed lately.
 */
export type ListTask = 'block' | 'judge' | 'look-up' | DeltaKind;

interface Due {
  task: ListTask;
  at: number;
}

/** The shortest time between the beginnings of two full walks. */
const walkEveryMs = 15 * 60_000;
/** Full walks take at most a tenth of the time. */
const walkShare = 10;
/** Full walks take up to half of the time when HSS's total shows that rows came or went. */
const movedShare = 2;
/** The shortest time between the beginnings of two rounds over the risky rows. */
const roundEveryMs = 14 * 60_000;
/** Rounds over the risky rows take at most a seventh of the time: 2,000 rows are read in 14 minutes. */
const roundShare = 7;

/** A walk can take hours. After the first walk, deltas come between the blocks of a walk. */
export function nextTask(state: ListState, pace: Pace, now: number): Due {
  const { walk, walkedAt } = state;
  const delta = nextDelta(state, pace);
  if (walk && delta.at <= now) return delta;
  if (walk?.isLookingUp) return { task: 'look-up', at: 0 };
  if (walk) return { task: isRead(walk) ? 'judge' : 'block', at: 0 };
  if (walkedAt === null || isListUnread(state) || isCutShort(state)) return { task: 'block', at: 0 };
  const walkAt = walkedAt + walkDistanceMs(state, pace);
  return walkAt <= delta.at ? { task: 'block', at: walkAt } : delta;
}

/** @returns the wall time at which the next round over the risky rows is due. @param calls of the round before. */
export function nextRoundAt({ walkedAt, risksAt }: ListState, calls: number, { intervalMs }: Pace): number {
  if (walkedAt === null) return Infinity;
  return (risksAt ?? walkedAt) + Math.max(roundEveryMs, roundShare * calls * intervalMs);
}

export function pagesOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / blockRows));
}

function nextDelta(state: ListState, { deltaEveryMs }: Pace): Due {
  const dueAt = (kind: DeltaKind) => (readUpTo(state, kind) ?? Infinity) + deltaEveryMs[kind];
  const [scans, updates] = [dueAt('scans'), dueAt('updates')];
  return scans <= updates ? { task: 'scans', at: scans } : { task: 'updates', at: updates };
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
