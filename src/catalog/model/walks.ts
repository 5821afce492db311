/** When the next walk over a list is due: the sync plans by this rule, and `Retry-After` names its time. Reads no clock. */
import { isCutShort } from './deltas.js';
import { isListUnread, type ListState } from './sync-state.js';

/** The shortest time between the beginnings of two full walks over a list. */
const leastWalkEveryMs = 15 * 60_000;
/** Full walks take at most a tenth of the time. */
const walkShare = 10;
/** Full walks take up to half of the time when HSS's total shows that rows came or went, and no search can find them. */
const movedShare = 2;

/**
 * @param walkMs the duration of a walk over the list.
 * @param isSearching a search looks for the rows that HSS does not count any more.
 * @returns the wall time (ms) from which the walk after the last complete one is due; 0 when it is due at once.
 */
export function nextWalkAt(state: ListState, walkMs: number, isSearching: boolean): number {
  const { walkedAt } = state;
  if (walkedAt === null || isListUnread(state) || isCutShort(state)) return 0;
  const isEarly = hasMoved(state) && !isSearching;
  return walkedAt + (isEarly ? movedShare * walkMs : Math.max(leastWalkEveryMs, walkShare * walkMs));
}

/** Whether HSS counts another number of rows than the catalog knows, and knew when HSS counted. */
function hasMoved({ total, rows, rowsThen = rows, duplicates }: ListState): boolean {
  return total !== null && ![rows, rowsThen].includes(total - duplicates);
}
