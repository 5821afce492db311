import { describe, expect, it } from '@jest/globals';
import { neverValid } from '../../../src/cache/validity.js';
import type { AnswerAge } from '../../../src/http/answer.js';
import { HotHeaders } from '../../../src/http/hot-headers.js';

const ageOf = (fetchedAt: number, freshUntil: number): AnswerAge => ({
  ...{ fetchedAt, freshUntil, outcome: 'hit', collapsed: false, validity: neverValid },
});

describe('the headers of a stored answer', () => {
  it('hold the headers that stay the same, and the age', () => {
    expect(new HotHeaders(['etag', '"e"'], ageOf(0, 90_000)).at(12_345)).toEqual([
      ...['etag', '"e"', 'age', '12', 'cache-control', 'private, max-age=72'],
      ...['cache-status', 'hss-bff; hit; ttl=78'],
    ]);
  });

  it('are made once for as long as they stay the same', () => {
    const headers = new HotHeaders([], ageOf(0, 60_000));
    expect(headers.at(1_001)).toBe(headers.at(1_500));
    expect(headers.at(1_000)).not.toBe(headers.at(1_501));
  });

  it.each([
    ['a fresh answer', ageOf(1_000_000, 1_060_000), 1_000_000],
    ['odd times', ageOf(1_000_123, 1_059_456), 1_030_000],
    ['a long life that ends', ageOf(1_000_777, 1_090_001), 1_028_500],
    ['the end of the fresh life', ageOf(1_000_000, 1_060_499), 1_059_000],
    ['a stale answer', ageOf(1_000_001, 1_060_777), 1_070_000],
    ['an answer of the future', ageOf(1_000_500, 1_060_500), 998_500],
  ])('are right in every millisecond: %s', (_case, age, from) => {
    const headers = new HotHeaders([], age);
    for (let now = from; now < from + 3_500; now += 1)
      expect([now, ...headers.at(now)]).toEqual([now, ...new HotHeaders([], age).at(now)]);
  });

  it('are right after the clock was set back', () => {
    const headers = new HotHeaders([], ageOf(0, 60_000));
    headers.at(30_000);
    expect(headers.at(5_000)).toEqual(new HotHeaders([], ageOf(0, 60_000)).at(5_000));
  });
});
