import { describe, expect, it } from '@jest/globals';
import { etagOf, matchesEtag } from '../../../src/http/etag.js';
import { stringifyJson } from '../../../src/json/lossless.js';

const tagOf = (body: object) => etagOf(stringifyJson(body));

describe('an ETag', () => {
  it('is weak', () => expect(tagOf({})).toMatch(/^W\/"[\w-]{27}"$/));

  it.each<[string, object, object]>([
    ['fetchedAt', { fetchedAt: '2026-01-01T00:00:00.000Z' }, { fetchedAt: '2026-01-02T00:00:00.000Z' }],
    ['asOf', { catalog: { asOf: 'a', total: 1 } }, { catalog: { asOf: 'b', total: 1 } }],
    ['retryAt', { error: { code: 'x', retryAt: 'a' } }, { error: { code: 'x', retryAt: 'b' } }],
    ['readAt of files', { files: { total: 1, readAt: 'a' } }, { files: { total: 1, readAt: 'b' } }],
    ['walkedAt, unknown so far', { registry: { walkedAt: null } }, { registry: { walkedAt: 'b' } }],
    ['the mark of a walk', { next: '/v1/x?limit=1&walk=abc' }, { next: '/v1/x?limit=1&walk=xyz' }],
    ['the only parameter of a link', { next: '/v1/x?walk=abc' }, { next: '/v1/x?walk=xyz' }],
  ])('leaves out the moments: %s', (_name, one, other) => expect(tagOf(one)).toBe(tagOf(other)));

  it.each<[string, object, object]>([
    ['data', { items: ['a'] }, { items: ['b'] }],
    ['the last digit of an int64', { a: 9223372036854775807n }, { a: 9223372036854775806n }],
    ['a status', { parts: { image: { status: 'fresh' } } }, { parts: { image: { status: 'stale' } } }],
    ['an error', { error: { code: 'x', retryAt: 'a' } }, { error: { code: 'y', retryAt: 'a' } }],
    ['an error that is new', { fetchedAt: 'a' }, { fetchedAt: 'a', error: { code: 'x', retryAt: 'b' } }],
    ['a count', { total: 1 }, { total: 2 }],
    ['a time of HSS', { updatedAt: 'a' }, { updatedAt: 'b' }],
    ['the place of a link', { next: '/v1/x?offset=1&walk=a' }, { next: '/v1/x?offset=2&walk=a' }],
    ['a text like a moment', { name: '"fetchedAt":"a"' }, { name: '"fetchedAt":"b"' }],
    ['a text like a mark', { name: '?walk=a' }, { name: '?walk=b' }],
    ['a text like a link', { name: '"next":"?walk=a' }, { name: '"next":"?walk=b' }],
  ])('tells apart: %s', (_name, one, other) => expect(tagOf(one)).not.toBe(tagOf(other)));
});

describe('If-None-Match', () => {
  it.each([
    'W/"x"',
    '"x"',
    '*',
    '"a", "x"',
    '"a",W/"x" , "b"',
    ' "x" ',
    '"x-gzip"',
    'W/"x-gzip"',
    '"x--gzip"',
    'W/"x;gzip"',
    '"x-br"',
    '"a-gzip", "x-gzip"',
  ])('matches: %s', (given) => expect(matchesEtag(given, 'W/"x"')).toBe(true));

  it.each(['"y"', 'x', '', ',', 'w/"x"', '"x', '"xx"', '"x-gz"', '"gzip"', '"-gzip"', '"x-gzip-gzip"'])(
    'does not match: %s',
    (given) => expect(matchesEtag(given, 'W/"x"')).toBe(false),
  );

  it('does not match when absent', () => expect(matchesEtag(undefined, 'W/"x"')).toBe(false));
});
