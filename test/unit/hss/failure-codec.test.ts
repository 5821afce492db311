import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../src/hss/errors.js';
import { failureCodec } from '../../../src/hss/failure-codec.js';
import { BudgetRefused } from '../../../src/budget/budget-errors.js';
import { DeadlineExceeded } from '../../../src/time/deadline.js';

describe('a failure of HSS as text', () => {
  it('is read back unchanged', () => {
    const upstream = { status: 429, code: 'APIGW.0308', requestId: 'r-1' };
    for (const error of [
      new UpstreamError('upstream-throttled', 'HSS is throttling', upstream, 1_700_000_000_000),
      new UpstreamError('upstream-unavailable', 'HSS does not answer', null, null),
    ]) {
      const { name, code, message, retryAt } = error;
      const back = failureCodec.read(failureCodec.write(error) ?? '');
      expect(back).toBeInstanceOf(UpstreamError);
      expect(back).toMatchObject({ name, code, message, retryAt, upstream: error.upstream });
    }
  });

  it.each(['', 'garbage', 'null', '{}', '{"code":', '{"code":1,"message":"x"}'])(
    'is none when the text is not one: %j',
    (text) => expect(failureCodec.read(text)).toBeNull(),
  );

  it.each([
    ['a code of a later release', { code: 'upstream-tired' }],
    ['a status that is a word', { upstream: { status: 'late', code: null, requestId: null } }],
    ['half an answer', { upstream: { status: 500 } }],
    ['a time that is a word', { retryAt: 'soon' }],
    ['a time that no Date can hold', { retryAt: 1e300 }],
  ])('is none with %s', (_, parts) => {
    const failure = { code: 'upstream-unavailable', message: 'x', upstream: null, retryAt: null, ...parts };
    expect(failureCodec.read(JSON.stringify(failure))).toBeNull();
  });

  it('can lack two fields, and can have fields of a later release', () => {
    const text = '{"code":"not-found","message":"x","later":1}';
    expect(failureCodec.read(text)).toMatchObject({ code: 'not-found', upstream: null, retryAt: null });
  });

  it('is null for an error that is not a failure of HSS', () => {
    for (const error of [
      new BudgetRefused('budget', 0),
      new DeadlineExceeded(),
      new Error('a fault of ours'),
      'text',
    ])
      expect(failureCodec.write(error)).toBeNull();
  });
});
