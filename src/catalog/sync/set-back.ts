/**
 * What becomes of the sync's times when the clock that all instances follow was set back: they lie in the future, so
 * no work would be due until the clock reaches them. Each step of the catalog brings them back.
 */
import { isAhead } from '../../cache/entry.js';
import { deltaKinds, type ListState, type SyncState } from '../model/sync-state.js';

/** The times of a list that the sync compares with the present. */
const timeNames = ['walkedAt', 'deltaAt', 'updatesAt', 'risksAt', 'countedAt', 'walkSince'] as const;

export function isListAhead(state: ListState, now: number): boolean {
  return isAhead(newestTime(state), now);
}

/**
 * Brings back the times of both lists, so that the newest of them is now: HSS was read up to the moment at which the
 * clock was set.
 */
export function bringBack(sync: SyncState, now: number): void {
  for (const list of [sync.registry, sync.local]) {
    if (!isListAhead(list, now)) continue;
    const aheadMs = newestTime(list) - now;
    mapTimes(list, (at) => at - aheadMs);
    // The time of the next question for HSS's count may have been told by the wrong clock.
    delete sync.countNotBefore;
  }
}

function newestTime(state: ListState): number {
  let newest = -Infinity;
  mapTimes(state, (at) => {
    newest = Math.max(newest, at);
    return at;
  });
  return newest;
}

function mapTimes(state: ListState, map: (at: number) => number): void {
  const { walk, count, cutShort = {} } = state;
  for (const name of timeNames) {
    const at = state[name];
    if (typeof at === 'number') state[name] = map(at);
  }
  if (walk) walk.startedAt = map(walk.startedAt);
  if (count) count.at = map(count.at);
  for (const kind of deltaKinds) {
    const at = cutShort[kind];
    if (at !== undefined) cutShort[kind] = map(at);
  }
}
