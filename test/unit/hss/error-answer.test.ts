import { describe, expect, it } from '@jest/globals';
import { isErrorBody, toUpstreamError } from '../../../src/hss/error-answer.js';
import { CredentialRefused, Throttled } from '../../../src/hss/errors.js';

const now = Date.UTC(2026, 10, 21, 10, 0, 0);
const minute = 60_000;

function errorOf(status: number, body?: unknown, retryAfter: string | null = null) {
  return toUpstreamError({ status, body, requestId: 'req-1', retryAfter }, { now, upstreamNow: now });
}

const hssError = (code: string) => ({ error_code: code, error_description: '文字', error_msg: 'text' });

describe('an error answer of HSS', () => {
  it.each([
    ['HSS.0001', 'invalid-request'],
    ['HSS.0002', 'invalid-request'],
    ['HSS.0010', 'upstream-unauthorized'],
    ['HSS.0011', 'not-found'],
    ['HSS.0013', 'upstream-unauthorized'],
    ['00000010', 'upstream-unauthorized'],
    ['APIGW.0101', 'upstream-unsupported'],
  ])('is recognised by its code below 400, 404 and 200: %s is %s', (code, expected) => {
    for (const status of [200, 400, 404]) {
      expect(errorOf(status, hssError(code))).toMatchObject({
        code: expected,
        upstream: { status, code, requestId: 'req-1' },
      });
    }
  });

  it.each([
    ...['HSS.0001', 'HSS.0002', 'HSS.0010', 'HSS.0011', 'HSS.0013', '00000010'],
    ...['APIGW.0101', 'APIGW.0301', 'APIGW.0308'],
  ])('is what the class of its status says, whatever the code: %s', (code) => {
    const codeAt = (status: number) => errorOf(status, hssError(code)).code;
    expect(codeAt(429)).toBe('upstream-throttled');
    for (const status of [401, 403]) expect(codeAt(status)).toBe('upstream-unauthorized');
    for (const status of [408, 500, 502, 503, 504]) expect(codeAt(status)).toBe('upstream-unavailable');
  });

  it.each([
    [{ error_code: 'HSS.0011', error_msg: 'x', error_description: 'x' }],
    [{ error_code: 'HSS.0011', error_description: '拒绝访问' }],
    [{ error: { code: 'HSS.0011', message: 'x' } }],
    [{ code: 'HSS.0011', message: 'x' }],
    [{ errorCode: 'HSS.0011', errorMsg: 'x' }],
    [{ error: { error_code: 'HSS.0011', error_msg: 'x' } }],
  ])('is read in each known shape: %j', (body) => {
    expect(errorOf(400, body)).toMatchObject({ code: 'not-found', upstream: { code: 'HSS.0011' } });
    expect(isErrorBody(body)).toBe(true);
  });

  it.each([
    [401, 'APIGW.0301'],
    [401, 'APIGW.0307'],
    [401, null],
    [400, 'APIGW.0301'],
  ])('is a refused credential at %s %s', (status, code) => {
    const error = errorOf(status, code === null ? '<html>' : { error_msg: 'x', error_code: code });
    expect(error).toBeInstanceOf(CredentialRefused);
    expect(error).toMatchObject({ code: 'upstream-unauthorized', upstream: { status, code } });
  });

  it.each(['APIGW.0302', 'APIGW.0306', 'APIGW.0310', 'APIGW.0802', 'SOMETHING.NEW'])(
    'is unauthorized at 403 %s, and does not count towards the lock',
    (code) => {
      const error = errorOf(403, { error_msg: 'x', error_code: code });
      expect(error).not.toBeInstanceOf(CredentialRefused);
      expect(error.code).toBe('upstream-unauthorized');
    },
  );

  it.each([
    [500, undefined],
    [502, '<html>'],
    [503, { error_msg: 'x', error_code: 'APIGW.0613' }],
    [502, { error_msg: 'x', error_code: 'APIGW.0201' }],
    [504, { error_msg: 'x', error_code: 'APIGW.0201' }],
    [408, undefined],
  ])('is unavailable at %s %j, with a retry soon', (status, body) => {
    expect(errorOf(status, body)).toMatchObject({ code: 'upstream-unavailable', retryAt: now + 5_000 });
  });

  it.each([
    ['7', 7_000, 7_000],
    ['1', 5_000, 1_000],
    ['0', 5_000, 0],
    ['86400', 15 * minute, 15 * minute],
    ['soon', 5_000, 0],
  ])('pauses as the Retry-After of a 503 says, at most 15 minutes: %s', (retryAfter, retryMs, pauseMs) => {
    const isTransient = pauseMs === 0;
    expect(errorOf(503, '', retryAfter)).toMatchObject({ retryAt: now + retryMs, pauseMs, isTransient });
  });

  it('keeps a refused credential and a throttled call apart from what their bodies say', () => {
    expect(errorOf(401, hssError('HSS.0011'))).toBeInstanceOf(CredentialRefused);
    expect(errorOf(429, hssError('HSS.0011'))).toBeInstanceOf(Throttled);
  });

  it.each([
    [400, { error_msg: 'x', error_code: 'HSS.9999' }],
    [400, { error_msg: 'x', error_code: 'APIGW.0201' }],
    [302, ''],
    [404, '<html>'],
    [204, undefined],
    [418, [1, 2]],
    [400, null],
  ])('is not understood at %s %j', (status, body) => {
    expect(errorOf(status, body).code).toBe('upstream-invalid-response');
  });

  it('does not treat a numeric code as an error code', () => {
    const error = errorOf(401, { error: { code: 401, message: 'wrong password', title: 'Unauthorized' } });
    expect(error.upstream).toEqual({ status: 401, code: null, requestId: 'req-1' });
    expect(error).toBeInstanceOf(CredentialRefused);
  });

  it('carries no text and no malformed code of HSS', () => {
    const secret = 'ak:EMULATORAK0000000001,canonicalRequest:GET|/v5|';
    const body = { error_code: `APIGW.0301 ${secret}`, error_msg: secret, request_id: secret };
    const error = errorOf(401, body);
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(
      'EMULATORAK',
    );
    expect(error.upstream?.code).toBeNull();
  });
});

describe('a throttled call', () => {
  const throttled = (retryAfter: string | null, message = 'slow down') =>
    errorOf(429, { error_msg: message, error_code: 'APIGW.0308' }, retryAfter);
  const thresholdText = (time: string) =>
    `The throttling threshold has been reached: policy user over ratelimit,limit:200,time:${time}`;

  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 10:02:00 GMT', 2 * minute],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['900', 15 * minute],
    ['901', 15 * minute],
    ['999999999', 15 * minute],
    ['9999999999', 15 * minute],
    ['120.5', 120_500],
    ['1.5', 1_500],
    ['Sat, 21 Nov 2099 10:02:00 GMT', 15 * minute],
  ])('pauses as Retry-After says, at most 15 minutes: %s', (retryAfter, pauseMs) => {
    expect(throttled(retryAfter)).toMatchObject({ code: 'upstream-throttled', retryAt: now + pauseMs });
  });

  it.each([['-5'], ['1.5.2'], ['.5'], ['soon'], ['garbage 5'], [''], ['1e3'], ['2026-11-21']])(
    'does not take an unreadable Retry-After for a date: %s',
    (retryAfter) => {
      expect(throttled(retryAfter).retryAt).toBe(now + minute);
      expect(throttled(retryAfter, thresholdText('2 minute')).retryAt).toBe(now + 2 * minute);
    },
  );

  it.each([
    ['5 minute', 5 * minute],
    ['1 Minute', minute],
    ['10 second', 10_000],
    ['1 hour', 15 * minute],
    ['1 day', 15 * minute],
    ['0 second', minute],
    ['a while', minute],
  ])("pauses for the window in the gateway's text when there is no Retry-After: %s", (time, pauseMs) => {
    expect(throttled(null, thresholdText(time)).retryAt).toBe(now + pauseMs);
  });

  it('pauses for a minute without any statement', () => {
    expect(errorOf(429)).toMatchObject({ code: 'upstream-throttled', retryAt: now + minute });
    expect(errorOf(429, { error: { code: 429, message: 'IAM.0012' } }).retryAt).toBe(now + minute);
  });

  it('is recognised by its code too', () => {
    expect(errorOf(400, { error_msg: 'x', error_code: 'APIGW.0308' }).code).toBe('upstream-throttled');
  });
});

describe('a code that is a JavaScript property name', () => {
  it.each(['constructor', '__proto__', 'toString'])('is unknown like any other code: %s', (code) => {
    expect(errorOf(400, { error_code: code }).code).toBe('upstream-invalid-response');
  });
});

describe('an answer under a 200', () => {
  it.each([
    { error_code: 'HSS.0011', data_list: null },
    { error: { code: 'X', message: 'x' } },
    { code: 'HSS.0010', message: 'x', total_num: 0 },
  ])('is an error if it has the shape of an error: %j', (body) => {
    expect(isErrorBody(body)).toBe(true);
  });

  it.each([
    {},
    { total_num: 0 },
    { data_list: [], error_code: 'ignored beside rows' },
    { total_num: 0, error_code: null },
    null,
    'text',
    [],
  ])('is not an error otherwise: %j', (body) => {
    expect(isErrorBody(body)).toBe(false);
  });
});
