import { describe, expect, it } from '@jest/globals';
import type { ListState, WalkState } from '../../../../src/catalog/model/sync-state.js';
import { nextRoundAt, nextTask, type Beside } from '../../../../src/catalog/sync/schedule.js';

const pace = { intervalMs: 12_000, deltaEveryMs: { scans: 60_000, updates: 65_000 } };
const walk: WalkState = {
  number: 1,
  startedAt: 1_000_000,
  offset: 400,
  total: 300_000,
  calls: 2,
  follows: null,
  isLookingUp: false,
};
const walking: ListState = {
  walk,
  walkedAt: 500_000,
  deltaAt: 990_000,
  updatesAt: 990_000,
  newestScan: null,
  total: 300_000,
  rows: 300_000,
  duplicates: 0,
};
const minute = 60_000;
const hour = 60 * minute;
/** Two blocks long: a walk takes 24 s. */
const idle: ListState = {
  ...walking,
  walk: null,
  walkedAt: 0,
  deltaAt: 0,
  updatesAt: 0,
  total: 400,
  rows: 400,
};
/** 1,500 blocks long: a walk takes 5 hours. */
const idleLong: ListState = { ...idle, total: 300_000, rows: 300_000, deltaAt: 1e12, updatesAt: 1e12 };

/** Rows have moved: a walk is due after two durations. */
const idleMoved: ListState = { ...idle, rows: 401, deltaAt: 1e12, updatesAt: 1e12 };

const nothing: Beside = {
  aheadAt: Infinity,
  aheadCalls: 0,
  isSearching: false,
  hasLookups: false,
  roundAt: Infinity,
  deltaCalls: 0,
};

describe('the next task of a list', () => {
  it.each<[string, ListState, number, string]>([
    ['a block that leaves before a delta is due', { ...walking, updatesAt: 1e6 }, 1_037_999, 'block'],
    ['a delta that is due before a block would leave', walking, 1_038_000, 'scans'],
    [
      'a delta that would make the other one late',
      { ...walking, deltaAt: 1_000_000, updatesAt: 996_000 },
      1_037_000,
      'scans',
    ],
    ['a delta between two blocks when it is due', walking, 1_050_000, 'scans'],
    [
      'a block right after the deltas',
      { ...walking, deltaAt: 1_049_000, updatesAt: 1_049_000 },
      1_050_000,
      'block',
    ],
    [
      'the delta that is due first',
      { ...walking, deltaAt: 1_049_000, updatesAt: 985_000 },
      1_050_000,
      'updates',
    ],
    [
      'a delta from where one was cut short',
      { ...walking, deltaAt: 1_049_000, updatesAt: 900_000, cutShort: { updates: 1_000_000 } },
      1_050_000,
      'block',
    ],
    ['a walk right after a delta that was cut short', { ...idle, cutShort: { scans: 1e12 } }, 0, 'block'],
    [
      'a delta of updates after the walk of a release without them',
      { ...idle, updatesAt: null, deltaAt: 1e12 },
      1e6,
      'updates',
    ],
    [
      'a delta before the judgement of a walk',
      { ...walking, walk: { ...walk, offset: 300_000 } },
      1_050_000,
      'scans',
    ],
    [
      'no delta during the first walk',
      { ...walking, walkedAt: null, deltaAt: null, updatesAt: null },
      9_000_000,
      'block',
    ],
    [
      'the judgement after the last block',
      { ...walking, walk: { ...walk, offset: 300_000 } },
      1_000_000,
      'judge',
    ],
    [
      'the judgement again after the lookups',
      { ...walking, walk: { ...walk, offset: 300_000, isLookingUp: true } },
      1_000_000,
      'judge',
    ],
    ['a block when the list was never read', { ...idle, walkedAt: null, deltaAt: null }, 0, 'block'],
  ])('is %s', (_title, state, now, task) => {
    expect(nextTask(state, pace, nothing, now).task).toBe(task);
  });

  it.each<[string, ListState, string, number]>([
    ['a delta after its interval', idle, 'scans', minute],
    [
      'a walk after 15 minutes, where walks are short',
      { ...idle, deltaAt: 1e12, updatesAt: 1e12 },
      'block',
      15 * minute,
    ],
    ['a walk after ten times its duration', idleLong, 'block', 10 * 1_500 * 12_000],
    [
      'a walk after twice its duration when rows have moved',
      { ...idleLong, rows: 9 },
      'block',
      2 * 1_500 * 12_000,
    ],
    [
      'no early walk for rows that came after the count',
      { ...idleLong, rows: 300_001, rowsThen: 300_000 },
      'block',
      10 * 1_500 * 12_000,
    ],
    [
      'no early walk for rows that look alike',
      { ...idleLong, rows: 299_999, duplicates: 1 },
      'block',
      10 * 1_500 * 12_000,
    ],
  ])('waits for %s', (_title, state, task, at) => {
    expect(nextTask(state, pace, nothing, 0)).toEqual({ task, at });
  });
});

describe('the next task of a list with smaller work', () => {
  const roundAt = 1_000_000;
  const judged = { ...walking, walk: { ...walk, offset: 300_000 } };
  const searching = { aheadAt: 0, isSearching: true };
  it.each<[string, ListState, Partial<Beside>, number, string]>([
    ['a round that is due before a block', walking, { roundAt }, 1_000_000, 'round'],
    ['a block before a round that is not due yet', walking, { roundAt }, 999_999, 'block'],
    ['a delta that is due before the round leaves', walking, { roundAt }, 1_038_000, 'scans'],
    ['the judgement of a walk before a round', judged, { roundAt }, 1_000_000, 'judge'],
    ['a lookup before a round', walking, { roundAt, aheadAt: 0 }, 1_000_000, 'ahead'],
    ['a second lookup', walking, { aheadAt: 0, aheadCalls: 1 }, 1_000_000, 'ahead'],
    ['a block after two lookups', walking, { aheadAt: 0, aheadCalls: 2 }, 1_000_000, 'block'],
    ['the next lookup where no block waits', idle, { aheadAt: 0, aheadCalls: 2 }, 1_000, 'ahead'],
    [
      'a lookup before the judgement',
      judged,
      { aheadAt: 0, hasLookups: true, aheadCalls: 2 },
      1_000_000,
      'ahead',
    ],
    ['a delta before a lookup', walking, { aheadAt: 0 }, 1_038_000, 'scans'],
    ['a third delta where nothing else waits', { ...idle, deltaAt: 0 }, { deltaCalls: 2 }, minute, 'scans'],
    ['a block after two calls of deltas', walking, { deltaCalls: 2 }, 1_050_000, 'block'],
    ['a round after two calls of deltas', walking, { roundAt, deltaCalls: 5 }, 1_050_000, 'round'],
    ['a search instead of a walk', idleMoved, { ...searching, aheadCalls: 2 }, minute / 2, 'ahead'],
    ['a walk where the search rests', idleMoved, { aheadAt: hour }, 4 * minute, 'block'],
    ['a round between walks', idle, { roundAt: 30_000 }, 30_000, 'round'],
  ])('is %s', (_title, state, beside, now, task) => {
    expect(nextTask(state, pace, { ...nothing, ...beside }, now).task).toBe(task);
  });

  it('waits for a round that is due before all else', () => {
    const due = nextTask(idleLong, pace, { ...nothing, roundAt: minute }, 0);
    expect(due).toEqual({ task: 'round', at: minute });
  });
});

describe('the next round over the risky rows', () => {
  it.each<[string, Partial<ListState>, number, number]>([
    ['never before the first walk', { walkedAt: null }, 1, Infinity],
    ['twelve minutes after the first walk', {}, 1, 12 * minute],
    ['twelve minutes after the last round', { risksAt: minute }, 10, 13 * minute],
    ['later when rounds are long', { risksAt: minute }, 20, minute + 6 * 20 * 12_000],
  ])('comes %s', (_title, state, blocks, at) => {
    expect(nextRoundAt({ ...idle, ...state }, blocks, pace)).toBe(at);
  });
});
