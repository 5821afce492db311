import { describe, expect, it } from '@jest/globals';
import { neverValid } from '../../../src/cache/validity.js';
import { DataAnswer, renderAnswer, type AnswerAge } from '../../../src/http/answer.js';

const age: AnswerAge = {
  fetchedAt: 100_000,
  freshUntil: 160_000,
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

  it('depend on the moment in the age and the reuse only', () => {
    const [early, late] = [headersAt(110_000), headersAt(150_000)];
    expect(late['etag']).toBe(early['etag']);
    expect(late['vary']).toBe('Authorization, X-API-Key, Prefer, Accept-Encoding');
  });

  it.each([
    [100_000, {}, 60],
    [110_000, {}, 10 + 50],
    [110_999, {}, 10 + 49],
    [160_000, {}, 60],
    [400_000, {}, 300],
    [1_885_000, { freshUntil: 9_000_000 }, 1_785 + 60],
    [99_000, {}, 60],
  ])('at %d, %j, allow reuse up to the age of %d s', (now, more, seconds) =>
    expect(headersAt(now, more)['cache-control']).toBe(`private, max-age=${seconds}`),
  );

  it('link to the next page', () => {
    const linked = renderAnswer(new DataAnswer({ next: '/v1/x?offset=10' }, age), 0).headers;
    expect(linked['link']).toBe('</v1/x?offset=10>; rel="next"');
    expect(renderAnswer(new DataAnswer({ next: null }, age), 0).headers).not.toHaveProperty('link');
  });

  it('forbid storing an answer without a part from HSS', () => {
    const { headers } = renderAnswer(new DataAnswer({}, null), 0);
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers).not.toHaveProperty('age');
  });
});
