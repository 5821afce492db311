import { describe, expect, it } from '@jest/globals';
import { neverValid } from '../../../src/cache/validity.js';
import { DataAnswer, matchesEtag, renderAnswer, type AnswerAge } from '../../../src/http/answer.js';

const age: AnswerAge = {
  fetchedAt: 100_000,
  freshUntil: 160_000,
  lifeMs: 60_000,
  outcome: 'hit',
  collapsed: false,
  validity: neverValid,
};
const headersAt = (now: number, more: Partial<AnswerAge> = {}) =>
  renderAnswer(new DataAnswer({ a: 1 }, { ...age, ...more }), now).headers;

describe('the headers of an answer', () => {
  it.each<[string, Partial<AnswerAge>]>([
    ['hss-bff; hit; ttl=50', {}],
    ['hss-bff; fwd=uri-miss; stored; ttl=50', { outcome: 'uri-miss' }],
    ['hss-bff; fwd=stale; collapsed; stored; ttl=50', { outcome: 'stale', collapsed: true }],
    ['hss-bff; fwd=stale; ttl=50', { outcome: 'stale', error: new Error('HSS is away') }],
  ])('say where the answer came from: %s', (expected, more) =>
    expect(headersAt(110_000, more)['cache-status']).toBe(expected),
  );

  it('give the age in whole seconds, never negative', () => {
    expect(headersAt(110_999)['age']).toBe('10');
    expect(headersAt(99_000)['age']).toBe('0');
    expect(headersAt(190_000)).toMatchObject({ age: '90', 'cache-status': 'hss-bff; hit; ttl=-30' });
  });

  it('depend on the moment in the age only', () => {
    const [early, late] = [headersAt(110_000), headersAt(150_000)];
    expect(late['etag']).toBe(early['etag']);
    expect(late['cache-control']).toBe('private, max-age=60');
  });

  it('forbid storing an answer without a part from HSS', () => {
    const { headers } = renderAnswer(new DataAnswer({}, null), 0);
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers).not.toHaveProperty('age');
  });

  it('have another ETag when the last digit of an int64 differs', () => {
    const etag = (size: bigint) => renderAnswer(new DataAnswer({ size }, age), 0).headers['etag'];
    expect(etag(9223372036854775807n)).not.toBe(etag(9223372036854775806n));
  });
});

describe('If-None-Match', () => {
  it.each(['"x"', 'W/"x"', '*', '"a", "x"', '"a",W/"x" , "b"', ' "x" '])('matches: %s', (given) =>
    expect(matchesEtag(given, '"x"')).toBe(true),
  );
  it.each(['"y"', 'x', '', ',', 'w/"x"', '"x', '"xx"'])('does not match: %s', (given) =>
    expect(matchesEtag(given, '"x"')).toBe(false),
  );
  it('does not match when absent', () => expect(matchesEtag(undefined, '"x"')).toBe(false));
});
