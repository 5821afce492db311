import { describe, expect, it } from '@jest/globals';
import { newConsumer } from '../../../src/consumers/consumer.js';
import { Rates } from '../../../src/consumers/rates.js';
import { readContext } from '../../../src/http/request-context.js';
import { TestClock } from '../../support/test-clock.js';

const clock = TestClock.still();
const principal = { consumer: newConsumer('reader', ['read']), keyId: '00000000', expiresAt: null };
const read = (headers: Record<string, string>) =>
  readContext(headers, principal, new Rates(clock, { limit: 1, windowMs: 1_000 }), clock, 15_000);
const demand = (cacheControl: string) => read({ 'cache-control': cacheControl }).demand;
const waitSeconds = (prefer: string) => Math.ceil(read({ prefer }).deadline.remainingMs / 1000);

describe('Cache-Control of a request', () => {
  it.each([
    ['', {}],
    ['no-cache', {}],
    ['max-age=0', {}],
    ['max-age=00', {}],
    ['max-age=30', { maxAgeMs: 30_000 }],
    ['MAX-AGE=30', { maxAgeMs: 30_000 }],
    ['max-age="30"', { maxAgeMs: 30_000 }],
    ['no-cache, max-age=30', { maxAgeMs: 30_000 }],
    ['max-stale=60', { maxStaleMs: 60_000 }],
    ['max-stale', { maxStaleMs: Infinity }],
    ['only-if-cached , max-stale=1,max-age=2', { onlyIfCached: true, maxStaleMs: 1_000, maxAgeMs: 2_000 }],
    ['no-store, no-transform, min-fresh=5, private', {}],
    ['max-age, max-age=, max-age=x, max-age=-1', {}],
    ['max-age=1.5', {}],
    ['max-age=9999999999', { maxAgeMs: 9_999_999_999_000 }],
    ['max-stale=2147483647, only-if-cached', { maxStaleMs: 2_147_483_647_000, onlyIfCached: true }],
    [`max-stale=${'9'.repeat(400)}`, { maxStaleMs: Infinity }],
    [`max-age=${'1'.repeat(400)}`, { maxAgeMs: Infinity }],
    ['private="max-age=30, x", foo="a\\", max-age=31"', {}],
    ['foo="not closed, max-age=30', {}],
    [',,;=,', {}],
  ])('is understood: %s', (text, expected) => expect(demand(text)).toEqual(expected));

  it.each([
    ['no-cache', true],
    ['no-store', true],
    ['max-age=0', true],
    ['max-age=1', false],
    ['max-stale', false],
    ['', false],
  ])('has a directive that is ignored: %s', (text, expected) =>
    expect(read({ 'cache-control': text }).hasIgnoredDirective).toBe(expected),
  );

  it('demands nothing when it is missing', () => expect(read({}).demand).toEqual({}));
});

describe('Prefer', () => {
  it.each([
    ['wait=3', 3],
    ['wait=0', 0],
    ['WAIT=3', 3],
    ['wait="3"', 3],
    ['respond-async, wait=3; foo=bar', 3],
    ['wait=3600', 15],
    ['wait=-1', 15],
    ['wait=soon', 15],
    ['wait', 15],
    ['wait=3, wait=4', 3],
    ['foo; wait=3', 15],
    [`wait=${'9'.repeat(400)}`, 15],
  ])('%s waits at most %d s', (text, seconds) => expect(waitSeconds(text)).toBe(seconds));

  it.each([
    ['handling=strict', true],
    ['wait=3, handling="strict"', true],
    ['Handling=strict', true],
    ['handling=STRICT', true],
    ['handling=strict, handling=lenient', true],
    ['handling=lenient, handling=strict', false],
    ['handling = strict', true],
    ['foo="a, b"; c=d,handling=strict; x', true],
    ['foo="a, handling=strict"', false],
    ['foo; handling=strict', false],
    ['handling=lenient', false],
    ['handling', false],
    ['strict', false],
  ])('%s is strict: %s', (text, strict) => expect(read({ prefer: text }).strict).toBe(strict));
});
