import { describe, expect, it } from '@jest/globals';
import { BudgetRefused, Unwanted } from '../../../src/budget/budget-errors.js';
import { ServiceStopping } from '../../../src/time/deadline.js';
import {
  ClientHarness,
  answer,
  businessError,
  lapsed,
  noConnection,
  notSent,
  refusal,
  restsUntil,
  rows,
  target,
  type Credential,
  type Reply,
} from './client-harness.js';

const oneRow = { fetchedAt: expect.any(Number), answer: { total: 1, rows: [{ image_id: 'a' }] } };
const day = 24 * 3_600_000;

function withKeys(...replies: (Reply | Promise<Reply>)[]): ClientHarness {
  return new ClientHarness('aksk', replies);
}

describe('a broken call', () => {
  it.each([
    ['no connection', noConnection()],
    ['a call that never left', notSent(true)],
    ['408', answer(408)],
    ['502', answer(502)],
    ['503', answer(503)],
    ['504', answer(504)],
  ])('is repeated once: %s', async (_, broken) => {
    const harness = withKeys(broken, rows());
    expect(await harness.run()).toEqual(oneRow);
    expect(harness.sentCount).toBe(2);
  });

  it('is not repeated a second time', async () => {
    const harness = withKeys(noConnection(), noConnection(), rows());
    expect(await harness.run()).toMatchObject({ code: 'upstream-unavailable' });
    expect(harness.sentCount).toBe(2);
  });

  it('asks the budget for a repetition after the first attempt only', async () => {
    const harness = withKeys(noConnection(), noConnection());
    await harness.run();
    const failed = { kind: 'failed', isAnswered: false };
    expect(harness.outcomes).toEqual([[{ ...failed, wantsRetry: true }], [{ ...failed, wantsRetry: false }]]);
  });

  it('is not repeated if the budget says no', async () => {
    const harness = withKeys(noConnection(), rows());
    harness.budget.allowsRetry = false;
    expect(await harness.run()).toMatchObject({ code: 'upstream-unavailable' });
    expect(harness.sentCount).toBe(1);
  });

  it('is not repeated if no caller waits any more', async () => {
    const harness = withKeys(noConnection(), rows());
    harness.load.callers.clear();
    await harness.run();
    expect(harness.sentCount).toBe(1);
    expect(harness.outcomes).toEqual([[{ kind: 'failed', isAnswered: false, wantsRetry: false }]]);
  });

  it('is repeated after a pause of at most 500 ms', async () => {
    const harness = withKeys(noConnection(), rows());
    const result = harness.start();
    await harness.settle();
    expect(harness.sentCount).toBe(1);
    harness.clock.advance(500);
    expect(await harness.end(result)).toEqual(oneRow);
  });

  it('waits for a new grant before its repetition', async () => {
    const harness = withKeys(noConnection(), rows());
    await harness.run();
    expect(harness.outcomes).toHaveLength(2);
  });
});

describe('a call that the end of the service broke off', () => {
  it.each([
    ['keeps its slot when it has left', true, 'given-up'],
    ['gives its slot back when it has not', false, 'unused'],
  ] as const)('%s', async (_, hasLeft, kind) => {
    // The credential is tried, and Redis does not hear of the end of the try.
    const rests = { ...restsUntil(null), released: () => new Promise<void>(() => undefined) };
    const harness = new ClientHarness('aksk', [new ServiceStopping(hasLeft)], rests);
    expect(await harness.run()).toBeInstanceOf(ServiceStopping);
    expect(harness.outcomes).toEqual([[{ kind }]]);
  });
});

describe('a call on a connection that was closed while idle', () => {
  it('is repeated at once and excused, with a slot of its own', async () => {
    const harness = withKeys(lapsed(), rows());
    const result = harness.start();
    expect(await harness.end(result)).toEqual(oneRow);
    expect(harness.outcomes).toEqual([[{ kind: 'unknown' }], [{ kind: 'answered' }]]);
  });

  it('is a failure the second time, and is not repeated again', async () => {
    const harness = withKeys(lapsed(), lapsed(), rows());
    expect(await harness.run()).toMatchObject({ code: 'upstream-unavailable' });
    const broken = { kind: 'failed', wantsRetry: false, isAnswered: false };
    expect(harness.outcomes).toEqual([[{ kind: 'unknown' }], [broken]]);
  });
});

describe('a call that HSS answered', () => {
  it.each([
    ['400 with an HSS code', businessError(), 'not-found'],
    ['403', answer(403), 'upstream-unauthorized'],
    ['429', answer(429), 'upstream-throttled'],
    ['500', answer(500), 'upstream-unavailable'],
    ['200 without a list', answer(200, { total_num: 5 }), 'upstream-invalid-response'],
  ])('is not repeated: %s', async (_, reply, code) => {
    const harness = withKeys(reply, rows());
    expect(await harness.run()).toMatchObject({ code });
    expect(harness.sentCount).toBe(1);
  });
});

describe('a call with a refused credential (401)', () => {
  it.each(['aksk', 'token'] as const)('is never repeated with %s', async (credential) => {
    const harness = new ClientHarness(credential, [refusal(), rows()]);
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(1);
  });

  it('is not repeated with keys even if the credential may be tried again', async () => {
    const harness = new ClientHarness('aksk', [refusal(), rows()], restsUntil(null));
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(1);
  });

  it('is repeated once with a fresh IAM token', async () => {
    const harness = new ClientHarness('iam', [refusal(), rows()]);
    expect(await harness.run()).toEqual(oneRow);
    const tokens = harness.transport.sent.map(({ headers }) => headers['X-Auth-Token']);
    expect(tokens).toEqual(['token-1', 'token-2']);
  });

  it('is not repeated if HSS refuses the fresh IAM token too', async () => {
    const harness = new ClientHarness('iam', [refusal(), refusal(), rows()]);
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(2);
    expect(harness.tokensFetched).toBe(2);
  });

  it('counts as a refusal for the gate only with the fresh IAM token', async () => {
    const harness = new ClientHarness('iam', [refusal(), refusal(), rows()]);
    expect(await harness.run()).toMatchObject({ retryAt: expect.any(Number) });
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(2);
  });

  it('is repeated once with keys after a wrong clock', async () => {
    const harness = withKeys();
    const date = new Date(harness.clock.now() + day).toUTCString();
    harness.transport.replies = [refusal({ date }), rows()];
    expect(await harness.run()).toEqual(oneRow);
    const [first, second] = harness.transport.sent.map(({ headers }) => headers['X-Sdk-Date']!.slice(0, 8));
    expect(Number(second)).toBeGreaterThan(Number(first));
  });

  it('is not repeated again if the clock is wrong twice', async () => {
    const harness = new ClientHarness('aksk', [], restsUntil(null));
    const dates = [day, 3 * day].map((offMs) => new Date(harness.clock.now() + offMs).toUTCString());
    harness.transport.replies = [...dates.map((date) => refusal({ date })), rows()];
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(2);
  });

  it('is not repeated after a wrong clock while the credential rests', async () => {
    const harness = new ClientHarness('aksk', [], restsUntil(1_000));
    const date = new Date(harness.clock.now() + day).toUTCString();
    harness.transport.replies = [refusal({ date }), rows()];
    expect(await harness.run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(harness.sentCount).toBe(1);
  });

  it('can be cured even after a repetition for a broken connection', async () => {
    const harness = new ClientHarness('iam', [noConnection(), refusal(), rows()]);
    expect(await harness.run()).toEqual(oneRow);
    expect(harness.sentCount).toBe(3);
  });
});

describe('the outcome that the budget gets', () => {
  const hint = { remain: 9, named: { limit: 10, windowMs: 10_000 } };
  const hintHeader = { 'x-apig-ratelimit-user': 'remain:9,limit:10,time:10 second' };
  const refused503 = { kind: 'failed', wantsRetry: false, isAnswered: true };
  const limitText = { error_msg: 'policy user over ratelimit,limit:3,time:5 minute' };

  it.each([
    ['rows', rows(), { kind: 'answered' }],
    ['an HSS code', businessError(), { kind: 'answered' }],
    ['a rate hint', answer(200, { data_list: [] }, hintHeader), { kind: 'answered', hint }],
    [
      'an HSS code and a rate hint',
      answer(400, { error_code: 'HSS.0011' }, hintHeader),
      { kind: 'answered', hint },
    ],
    [
      '429 with a limit',
      answer(429, limitText, { 'retry-after': '7' }),
      { kind: 'throttled', pauseMs: 7_000, named: { limit: 3, windowMs: 300_000 } },
    ],
    ['500', answer(500), { kind: 'failed', wantsRetry: false, isAnswered: true }],
    ['503', answer(503), { kind: 'failed', wantsRetry: true, isAnswered: true }],
    ['no connection', noConnection(), { kind: 'failed', wantsRetry: true, isAnswered: false }],
    ['503 with Retry-After', answer(503, {}, { 'retry-after': '7' }), { ...refused503, pauseMs: 7_000 }],
    ['a call that never left', notSent(true), { kind: 'unreached', wantsRetry: true }],
    ['an untrusted certificate', notSent(false), { kind: 'unreached', wantsRetry: false }],
    ['401', refusal(), { kind: 'unknown' }],
    ['an answer that is no list', answer(200, [1]), { kind: 'unknown' }],
    ['an unforeseen error', new Error('bug'), { kind: 'unknown' }],
  ])('is right after %s', async (_, reply, outcome) => {
    const harness = withKeys(reply);
    harness.budget.allowsRetry = false;
    await harness.run();
    expect(harness.outcomes).toEqual([[outcome]]);
  });
});

describe('a call that is not sent', () => {
  const unused = [{ kind: 'unused' }];

  it('gives its slot back if the load is not needed after all', async () => {
    const harness = withKeys();
    harness.load.isClaimed = false;
    expect(await harness.run()).toBeInstanceOf(Unwanted);
    expect(harness.outcomes).toEqual([unused]);
  });

  it('gives its slot back if all callers hang up during preparation', async () => {
    const harness = withKeys();
    harness.load.isClaimed = new Promise(() => undefined);
    const result = harness.start();
    await harness.settle();
    harness.load.hangUp();
    expect(await harness.end(result)).toBeInstanceOf(Unwanted);
    expect(harness.outcomes).toEqual([unused]);
  });

  it('gives its slot back if all callers hang up before a token arrives', async () => {
    const harness = new ClientHarness('iam', []);
    harness.iamIsReady = new Promise(() => undefined);
    const result = harness.start();
    await harness.settle();
    harness.load.hangUp();
    expect(await harness.end(result)).toBeInstanceOf(Unwanted);
    expect(harness.outcomes).toEqual([unused]);
  });

  it('gives its slot back if all callers hang up right before it is sent', async () => {
    let allow: (may: boolean) => void = () => undefined;
    const harness = withKeys();
    harness.budget.mayStill = [new Promise((resolve) => (allow = resolve))];
    const result = harness.start();
    await harness.settle();
    harness.load.hangUp();
    allow(true);
    expect(await harness.end(result)).toBeInstanceOf(Unwanted);
    expect(harness.sentCount).toBe(0);
    expect(harness.outcomes).toEqual([unused]);
  });

  it.each<[Credential, string, string[]]>([
    ['aksk', 'behind a call that HSS does not answer', []],
    ['iam', 'behind a call that HSS does not answer', []],
    ['iam', 'as IAM gives no token', ['iam']],
  ])('blames IAM only where no token comes: %s, %s', async (credential, what, parts) => {
    const harness = new ClientHarness(credential, [new Promise(() => undefined)]);
    if (what.includes('no token')) harness.iamIsReady = new Promise(() => undefined);
    const started = [harness.start(), harness.start()];
    await harness.settle();
    harness.clock.advance(target.preparationMs);
    expect(await harness.end(started[1]!)).toMatchObject({ code: 'upstream-unavailable' });
    await harness.settle();
    expect(harness.client.record.troubles.map(({ part }) => part)).toEqual(parts);
  });

  it('gives its slot back if its preparation takes too long', async () => {
    const harness = withKeys();
    harness.load.isClaimed = new Promise(() => undefined);
    const result = harness.start();
    await harness.settle();
    harness.clock.advance(target.preparationMs);
    expect(await harness.end(result)).toMatchObject({ code: 'upstream-unavailable' });
    expect(harness.outcomes).toEqual([unused]);
  });

  it('queues again as often as its grant lapses, and may still be repeated', async () => {
    const harness = withKeys(noConnection(), rows());
    harness.budget.mayStill = [false, false, true];
    expect(await harness.run()).toEqual(oneRow);
    const broken = [{ kind: 'failed', wantsRetry: true, isAnswered: false }];
    expect(harness.outcomes).toEqual([unused, unused, broken, [{ kind: 'answered' }]]);
  });

  it('fails with the refusal of the budget', async () => {
    const harness = withKeys();
    harness.budget.refusal = new BudgetRefused('budget', 0);
    expect(await harness.run()).toBe(harness.budget.refusal);
    expect(harness.sentCount).toBe(0);
  });
});

describe('a call that was sent', () => {
  it('goes on after all callers hung up', async () => {
    let end: (reply: Reply) => void = () => undefined;
    const harness = withKeys(new Promise<Reply>((resolve) => (end = resolve)));
    const result = harness.start();
    await harness.settle();
    harness.load.hangUp();
    end(rows());
    expect(await harness.end(result)).toEqual(oneRow);
    expect(harness.outcomes).toEqual([[{ kind: 'answered' }]]);
  });

  it('is bounded by the configured time limit and not by the preparation time', async () => {
    let end: (reply: Reply) => void = () => undefined;
    const harness = withKeys(new Promise<Reply>((resolve) => (end = resolve)));
    const result = harness.start();
    await harness.settle();
    harness.clock.advance(target.preparationMs);
    end(rows());
    expect(await harness.end(result)).toEqual(oneRow);
    expect(harness.transport.sent[0]).toMatchObject({ timeoutMs: target.timeoutMs });
  });

  it.each([
    ['list', rows(), oneRow],
    ['error', answer(500), { code: 'upstream-unavailable' }],
  ])('hands out its %s without waiting for the budget', async (_, reply, result) => {
    const harness = withKeys(reply);
    harness.budget.allowsRetry = new Promise(() => undefined);
    expect(await harness.run()).toMatchObject(result);
  });

  it('leaves no timer behind', async () => {
    const harness = withKeys(noConnection(), rows());
    await harness.run();
    expect(harness.clock.pendingTimers).toBe(0);
  });
});
