import { describe, expect, it } from '@jest/globals';
import type { Limit, Slot } from '../../../src/budget/account.js';
import {
  forgetOldSlots,
  freeTimes,
  isSlotFree,
  keysUnderWay,
  limitsNow,
  marginMs,
  slowest,
} from '../../../src/budget/slots.js';
import { account, limit, running, slot, windowMs } from '../../support/account-parts.js';

const now = 100_000;
const two = { limit: 2, windowMs };
/** The first time at which a call that counts from `from` counts no more. */
const over = (from: number) => from + windowMs + marginMs;

describe('the limits in force', () => {
  const lower = { limit: 2, windowMs };
  it.each<[string, number, (Limit & { until: number }) | null, Limit[]]>([
    ['our own alone', 0, null, [limit]],
    ['our own minus the calls of lost instances', 2, null, [{ limit: 3, windowMs }]],
    ['at least one call, however much is reserved', 9, null, [{ limit: 1, windowMs }]],
    ['also the lower limit that HSS named', 0, { ...lower, until: now + 1 }, [limit, lower]],
    ['not the lower limit after its time', 0, { ...lower, until: now }, [limit]],
  ])('are %s', (_, reserved, learned, expected) => {
    expect(limitsNow(account({ learned }), limit, now, reserved)).toEqual(expected);
  });

  it.each<[string, Limit[], number]>([
    ['fewer calls in the same window', [limit, { limit: 2, windowMs }], 1],
    ['more calls in a much longer window', [limit, { limit: 200, windowMs: 3_600_000 }], 1],
    ['the first of two equal limits', [limit, { ...limit }], 0],
  ])('are slowest with %s', (_, limits, index) => {
    expect(slowest(limits)).toBe(limits[index]);
  });
});

describe('a free slot', () => {
  it.each<[string, boolean, Slot[]]>([
    ['is there on an empty log', true, []],
    ['is there below the limit', true, [slot('a', now)]],
    ['is not there at the limit', false, [slot('a', now), slot('b', now)]],
    ['is not there until the margin is over', false, [slot('a', now), slot('b', now + 1 - over(0))]],
    ['is there when window and margin are over', true, [slot('a', now), slot('b', now - over(0))]],
    ['is not there while calls are under way', false, [running('a', now - 20_000), running('b', now)]],
  ])('%s', (_, isFree, slots) => {
    expect(isSlotFree(account({ slots }), [two], now)).toBe(isFree);
  });

  it('needs room under every limit', () => {
    const slots = [slot('a', now), slot('b', now)];
    expect(isSlotFree(account({ slots }), [limit, two], now)).toBe(false);
    expect(isSlotFree(account({ slots }), [limit], now)).toBe(true);
  });
});

describe('the expected times of free slots', () => {
  it.each<[string, Slot[], number[]]>([
    ['are now, then one window later', [], [now, now, over(now), over(now), over(over(now))]],
    [
      'follow the calls on the log',
      [slot('b', now - 10), slot('a', now - 500)],
      [over(now - 500), over(now - 10)],
    ],
    ['use the free slots first', [slot('a', now - 500)], [now, over(now - 500)]],
    [
      'take the average time for a call under way',
      [running('a', now - 200), slot('b', now)],
      [over(now), over(now + 300)],
    ],
    [
      'expect a slow call to end now',
      [running('a', now - 9_000), slot('b', now - 1)],
      [over(now - 1), over(now)],
    ],
    [
      'let the oldest calls go first above the limit',
      [slot('a', now - 300), slot('b', now - 200), slot('c', now - 100)],
      [over(now - 200), over(now - 100)],
    ],
  ])('%s', (_, slots, times) => {
    const timeOf = freeTimes(account({ slots, callMs: 500 }), [two], now, now);
    expect(times.map((__, index) => timeOf(index))).toEqual(times);
  });

  it('are never before the earliest turn', () => {
    const timeOf = freeTimes(account({ slots: [slot('a', now - over(0) + 10)] }), [two], now, now + 5_000);
    expect([timeOf(0), timeOf(1)]).toEqual([now + 5_000, now + 5_000]);
  });
});

describe('old slots', () => {
  it('are forgotten when no window can hold them, under the longest window', () => {
    const slots = [slot('old', now - over(0)), slot('counts', now - over(0) + 1), running('runs', now)];
    const log = account({ slots });
    forgetOldSlots(log, [{ limit: 1, windowMs: 1_000 }, limit], now);
    expect(log.slots.map(({ id }) => id)).toEqual(['counts', 'runs']);
  });
});

describe('a key under way', () => {
  it.each<[string, boolean, Slot]>([
    ['is the key of a running call', true, running('k', now - 1_000)],
    ['stays for 500 ms after the end', true, slot('k', now - 499)],
    ['is gone 500 ms after the end', false, slot('k', now - 500)],
    ['is not the key of a lost instance', false, running('k', now, { instance: 'lost' })],
    ['is gone when the call ran longer than it can', false, running('k', now, { from: now - 500 })],
  ])('%s', (_, isUnderWay, only) => {
    const keys = keysUnderWay(account({ slots: [only] }), (name) => name !== 'lost', now);
    expect(keys.has('k')).toBe(isUnderWay);
  });
});
