import { describe, expect, it } from '@jest/globals';
import { lanesOf } from '../../../console/src/slot-lanes.js';

const now = Date.parse('2026-11-21T10:00:00Z');
const windowMs = 60_000;
const iso = (inMs: number) => new Date(now + inMs).toISOString();
const call = (from: number) => ({
  grantedAt: iso(from),
  freeAt: iso(from + windowMs),
  underWay: false,
  instance: 'one',
});
type Api = Parameters<typeof lanesOf>[0];

const api = (parts: Partial<Api>): Api => ({
  api: 'ListImageFiles',
  shared: true,
  limit: 2,
  windowMs,
  used: 0,
  reserved: 0,
  calls: [],
  promisedAt: [],
  promises: { made: 0, kept: 0, broken: 0 },
  queue: { waiting: 0, 'left-behind': 0, revalidation: 0, background: 0 },
  oldestWaitMs: null,
  oldestWaitsMs: { waiting: null, 'left-behind': null, revalidation: null, background: null },
  nextSlotAt: iso(0),
  pausedUntil: null,
  breaker: { state: 'closed', openUntil: null },
  learnedLimit: null,
  instances: 1,
  ...parts,
});
/** The kinds and beginnings in each lane, in ms from now. */
const drawn = (parts: Partial<Api>) =>
  lanesOf(api(parts)).lanes.map((lane) => lane.map(({ kind, from }) => `${kind} ${from - now}`));

describe('the lanes of a strip', () => {
  it.each<[string, Partial<Api>, string[][]]>([
    ['are empty without calls', {}, [[], []]],
    ['hold a call each', { calls: [call(-9), call(-5)] }, [['used -9'], ['used -5']]],
    [
      'hold the next call when the one before is over',
      { calls: [call(-windowMs), call(-5), call(0)] },
      [['used -60000', 'used 0'], ['used -5']],
    ],
    [
      'hold a promised call where a slot becomes free',
      { calls: [call(-9), call(-5)], promisedAt: [iso(windowMs - 5)] },
      [['used -9', 'promised 59995'], ['used -5']],
    ],
    [
      'hold an early promise in the lane that is free first',
      { calls: [call(-9), call(-5)], promisedAt: [iso(windowMs - 11)] },
      [['used -9', 'promised 59989'], ['used -5']],
    ],
  ])('%s', (_, parts, expected) => {
    expect(drawn(parts)).toEqual(expected);
  });

  it('are followed by those of lost instances', () => {
    expect(lanesOf(api({ reserved: 3 }))).toMatchObject({ lanes: [[], []], reserved: 3 });
  });

  it.each<[string, Partial<Api>, number | undefined]>([
    ['a pause', { pausedUntil: iso(5) }, 5],
    ['an open breaker', { breaker: { state: 'open', openUntil: iso(7) } }, 7],
    ['the later of both', { pausedUntil: iso(9), breaker: { state: 'open', openUntil: iso(7) } }, 9],
    ['nothing', {}, undefined],
  ])('are stopped by %s', (_, parts, inMs) => {
    const { pausedUntil } = lanesOf(api(parts));
    expect(pausedUntil === undefined ? undefined : pausedUntil - now).toBe(inMs);
  });
});
