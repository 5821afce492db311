import { describe, expect, it } from '@jest/globals';
import { completeAt, renewedAt, walkedAgainAt } from '../../../../src/catalog/lookup/renewal.js';
import { notSynced, type ListState, type SyncState } from '../../../../src/catalog/model/sync-state.js';

const now = 1_000_000;
const second = 1_000;

function renewal(registry: Partial<ListState>, local: Partial<ListState>) {
  const list = (state: Partial<ListState>): ListState => ({ ...notSynced.registry, ...state });
  const sync: SyncState = { ...notSynced, registry: list(registry), local: list(local) };
  return { sync, now, intervalMs: 12 * second, deltaEveryMs: { scans: 40 * second, updates: 60 * second } };
}

describe('the time at which the catalog is new enough', () => {
  /**
   * Ages of the two lists and the accepted age, in seconds; the seconds until a request can succeed; the age of the
   * last delta of updates.
   */
  it.each<[string, number, number, number, number, number?]>([
    ['the next delta of both', 30, 30, 20, 10 + 3],
    ['the second of two deltas', 30, 35, 20, 10 + 3],
    ['a delta of the older list alone', 5, 30, 40, 10 + 3],
    ['a delta of each list', 15, 25, 14, 25 + 3],
    ['a late delta, after a wait for a call', 45, 20, 60, 12 + 3],
    ['a delta that is very late, after as long a wait again', 90, 20, 60, 50 + 3, 90],
    ['the next delta, one interval after a delta of updates', 35, 35, 10, 10 + 3, 2],
    ['the next deltas of both, if the lists lie too far apart', 0, 20, 10, 42 + 3],
  ])('is %s', (_name, registryAge, localAge, accepted, seconds, updatesAge = 30) => {
    const updatesAt = now - updatesAge * second;
    const lists = [registryAge, localAge].map((age) => ({ deltaAt: now - age * second, updatesAt }));
    const given = renewal(lists[0]!, lists[1]!);
    const isNewEnough = (asOf: number, at: number) => at - asOf <= accepted * second;
    expect((renewedAt(given, isNewEnough) - now) / second).toBe(seconds);
  });
});

describe('the time at which the catalog is complete', () => {
  const walk = { number: 1, startedAt: 0, offset: 400, calls: 2, follows: null, isLookingUp: false };
  const read = { walkedAt: 0, deltaAt: 0 };

  it.each<[string, Partial<ListState>, Partial<ListState>, number]>([
    ['one call, when nothing is known', {}, {}, 12 + 3],
    [
      'the rest of the longer walk',
      { walk: { ...walk, total: 1_001 } },
      { walk: { ...walk, total: 500 } },
      48 + 3,
    ],
    ['a whole walk after a purge', { ...read, walksDue: 1, total: 450 }, read, 36 + 3],
  ])('is %s away', (_name, registry, local, seconds) =>
    expect((completeAt(renewal(registry, local)) - now) / second).toBe(seconds),
  );
});

describe('the time at which a walk can have read a row again', () => {
  const walk = {
    number: 1,
    startedAt: 0,
    offset: 400,
    total: 1_001,
    calls: 2,
    follows: null,
    isLookingUp: false,
  };
  const ended = (rows: number, state: Partial<ListState> = {}) => ({
    walkedAt: now - 100 * second,
    deltaAt: now,
    total: rows,
    rows,
    ...state,
  });
  const longest = ended(1e6);

  it.each<[string, Partial<ListState>, Partial<ListState>, number]>([
    ['15 minutes after a walk over few rows', ended(1_400), longest, 800 + 12 + 3],
    ['ten durations after a walk over many rows', ended(10_000), longest, 5_900 + 12 + 3],
    ['sooner in the list with fewer rows', ended(10_000), ended(2_000), 1_100 + 12 + 3],
    [
      'two durations after a walk, where HSS counts other rows',
      ended(10_000, { rows: 9_990 }),
      longest,
      1_100 + 15,
    ],
    [
      'not sooner for rows that look alike',
      ended(2_000, { rows: 1_999, duplicates: 1 }),
      longest,
      1_100 + 15,
    ],
    [
      'one call away after a delta that was cut short',
      ended(10_000, { cutShort: { scans: now } }),
      longest,
      12 + 3,
    ],
    ['one call away after a purge of the list', ended(10_000, { walksDue: 1 }), longest, 12 + 3],
    ['one call away where a walk is late', ended(10_000, { walkedAt: -6_000 * second }), longest, 12 + 3],
    ['the rest of a walk that runs', ended(10_000, { walk }), longest, 48 + 3],
  ])('is %s', (_title, registry, local, seconds) =>
    expect((walkedAgainAt(renewal(registry, local)) - now) / second).toBe(seconds),
  );
});
