import { describe, expect, it } from '@jest/globals';
import {
  ConnectionLapsed,
  CredentialRefused,
  Throttled,
  Unavailable,
  UpstreamError,
} from '../../../src/hss/errors.js';
import { UpstreamRecord } from '../../../src/hss/upstream-record.js';
import { ServiceStopping } from '../../../src/time/deadline.js';

const api = 'ListImageLocal';
const answer = { status: 429, code: null, requestId: null };
const throttled = new Throttled(answer, 0, 60_000, null);
const down = new Unavailable('HSS is down', { ...answer, status: 503 }, 0, false);
const lost = new ConnectionLapsed('The connection broke', null, 0, true);
const refused = new CredentialRefused({ ...answer, status: 401 });
const absent = new UpstreamError('not-found', 'No such image', { ...answer, code: 'HSS.0011' });

describe('the record of calls', () => {
  const at = (monotonic: number) => ({ now: 1_000_000 + monotonic, monotonic, ms: 20 });

  it('counts a call that is sent while a Retry-After is running', () => {
    const record = new UpstreamRecord();
    record.sent(api, 0);
    record.ended(api, throttled, at(20));
    record.sent(api, 60_019);
    expect(record.apis.get(api)).toMatchObject({ throttled: 1, insideRetryAfter: 1 });
    record.sent(api, 60_020);
    record.sent('ListImageFiles', 100);
    expect(record.apis.get(api)?.insideRetryAfter).toBe(1);
    expect(record.apis.get('ListImageFiles')?.insideRetryAfter).toBe(0);
  });

  it('counts results by their code', () => {
    const record = new UpstreamRecord();
    for (const error of [undefined, undefined, absent, down, new Error('a fault of ours')])
      record.ended(api, error, at(0));
    const { results, seconds } = record.apis.get(api)!;
    expect([...results.entries()].filter(([, count]) => count > 0)).toEqual([
      ['ok', 2],
      ['not-found', 1],
      ['upstream-unavailable', 1],
      ['internal', 1],
    ]);
    expect(seconds).toMatchObject({ count: 5, sum: expect.closeTo(0.1) });
  });

  it('counts nothing that the end of the service broke off', async () => {
    const record = new UpstreamRecord();
    const stopping = new ServiceStopping();
    record.ended(api, stopping, at(0));
    await expect(record.recordIam(Promise.reject(stopping))).rejects.toBe(stopping);
    const counted = [...record.apis.get(api)!.results.entries(), ...record.iam.entries()];
    expect(counted.filter(([, count]) => count > 0)).toEqual([]);
    expect(record.troubles).toEqual([]);
  });

  it.each([
    ['fails and then works', [down, undefined], []],
    ['says that it knows no such image', [absent], []],
    ['goes on failing', [throttled, down], [{ part: 'hss', why: 'upstream-unavailable', since: 1_000_000 }]],
    ['refuses the credential', [refused], [{ part: 'credential', why: 'upstream-unauthorized' }]],
    ['takes the credential again', [refused, absent], []],
    ['does not answer after a refusal', [refused, lost], [{ part: 'credential' }, { part: 'hss' }]],
  ])('knows what is wrong when HSS %s', (_what, errors, troubles) => {
    const record = new UpstreamRecord();
    errors.forEach((error, index) => record.ended(api, error, at(index * 1_000)));
    expect(record.troubles).toEqual(troubles.map((trouble) => expect.objectContaining(trouble)));
  });

  it('knows why a call could not be sent, until one is answered', () => {
    const record = new UpstreamRecord();
    record.unsent(api, new UpstreamError('upstream-unavailable', 'Not prepared in time'), false, 3);
    expect(record.troubles).toEqual([]);
    record.unsent(api, new UpstreamError('upstream-unavailable', 'No IAM token could be fetched'), true, 5);
    record.unsent(api, new UpstreamError('upstream-unauthorized', 'The credential rests'), false, 7);
    record.unsent(api, new Error('the caller is gone'), true, 9);
    expect(record.troubles.map(({ part, since }) => [part, since])).toEqual([
      ['iam', 5],
      ['credential', 7],
    ]);
    record.ended(api, undefined, at(0));
    expect(record.troubles).toEqual([]);
  });
});
