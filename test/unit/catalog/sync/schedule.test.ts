import { describe, expect, it } from '@jest/globals';
import { nextTask } from '../../../../src/catalog/sync/schedule.js';
import type { ListState, WalkState } from '../../../../src/catalog/model/change-set.js';

const pace = { intervalMs: 12_000, deltaEveryMs: 60_000 };
const walk: WalkState = {
  ...{ number: 1, startedAt: 1_000_000, offset: 400, total: 300_000 },
  ...{ calls: 2, follows: null, isLookingUp: false },
};
const state: ListState = {
  ...{ walk, walkedAt: 500_000, deltaAt: 990_000, newestScan: null },
  ...{ total: 300_000, rows: 300_000, duplicates: 0 },
};
const step = (now: number, over: Partial<ListState> = {}) => nextTask({ ...state, ...over }, pace, now).task;

describe('the steps of the sync', () => {
  it('looks at what was scanned between the blocks of a walk, when that is due', () => {
    expect(step(1_049_999)).toBe('block');
    expect(step(1_050_000)).toBe('delta');
    expect(step(1_050_000, { deltaAt: 1_049_000 })).toBe('block');
    expect(step(1_050_000, { walk: { ...walk, offset: 300_000 } })).toBe('delta');
    expect(step(1_050_000, { walk: { ...walk, isLookingUp: true } })).toBe('delta');
  });

  it('lets nothing come between the blocks of the first walk', () => {
    expect(step(9_000_000, { walkedAt: null, deltaAt: null })).toBe('block');
  });
});
