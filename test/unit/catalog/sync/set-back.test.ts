import { describe, expect, it } from '@jest/globals';
import { notSynced, type ListState, type SyncState } from '../../../../src/catalog/model/sync-state.js';
import { bringBack } from '../../../../src/catalog/sync/set-back.js';

const now = 1_800_000_000_000;
const hour = 3_600_000;

function syncAt(registryAt: number, localAt: number): SyncState {
  const list = (deltaAt: number): Partial<ListState> => ({ walkedAt: deltaAt - hour, deltaAt });
  return {
    ...notSynced,
    registry: { ...notSynced.registry, ...list(registryAt) },
    local: { ...notSynced.local, ...list(localAt), count: { value: 3, at: localAt } },
    countNotBefore: localAt + 24 * hour,
  };
}

describe('the times of the sync', () => {
  it.each([
    ['stay in a clock that goes on', 0, 0],
    ['stay where two clocks differ a little', 900, 900],
  ])('%s', (_name, registryMs, localMs) => {
    const sync = syncAt(now + registryMs, now + localMs);
    bringBack(sync, now);
    expect(sync).toEqual(syncAt(now + registryMs, now + localMs));
  });

  it.each([
    ['of both lists', hour, 3 * hour],
    ['of one list', -hour, 2_000],
  ])('come back %s when the clock was set back', (_name, registryMs, localMs) => {
    const sync = syncAt(now + registryMs, now + localMs);
    bringBack(sync, now);
    const { countNotBefore, ...expected } = syncAt(now + Math.min(0, registryMs), now);
    expect(countNotBefore).toBeDefined();
    // HSS is asked for its count again, since the time to ask was told by the wrong clock.
    expect(sync).toEqual(expected);
  });
});
