import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../emulator/data/seeded-random.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Fault } from '../../emulator/traffic/faults.js';
import { realProcess } from '../support/real-process.js';
import { readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { until } from '../support/until.js';

const day = 86_400_000;
/** Content has just stopped being fresh; lists are stale too, and kept for another minute. */
const untilAllIsStale = 7 * day + 1_000;
/** Nothing is kept, and a credential that was refused has rested. */
const untilAllIsForgotten = 15 * day;
const hssTimeoutMs = 5_000;
const overdueMs = 5_100;

const routes = {
  'registry images': '/v1/registry-images',
  'local images': '/v1/local-images',
  files: proxyAgent.replace('?', '/files?'),
  'base OS': proxyAgent.replace('?', '/base-os?'),
  'the merged answer': proxyAgent,
};

/** What must never get from an answer of HSS to anybody. */
const upstreamText = 'TEXT-OF-HSS canonicalRequest:GET';

interface Case {
  name: string;
  fault: Fault;
  /** `ok`: lenient reading makes it an answer. */
  code: string;
  /** In seconds, where it can be known. */
  retryAfter?: number;
  /** It may work a moment later: the call is repeated once. */
  retried?: true;
  /** HSS's answer when it is not stale data that stands in: an image that is gone is gone. */
  warm?: 'not-found' | 'ok';
}

const status = (
  httpStatus: number,
  code: string | undefined,
  problem: string,
  more: Partial<Case> = {},
): Case => ({
  name: `status ${httpStatus} ${code ?? ''}`,
  fault: {
    kind: 'status',
    status: httpStatus,
    message: upstreamText,
    ...(code === undefined ? {} : { code }),
  },
  code: problem,
  ...more,
});

const raw = (
  name: string,
  httpStatus: number,
  body: string,
  problem: string,
  more: Partial<Case> = {},
): Case => ({
  name,
  fault: { kind: 'raw', status: httpStatus, body },
  code: problem,
  ...more,
});

const retried = { retried: true } as const;

const cases: Case[] = [
  status(400, undefined, 'upstream-invalid-response'),
  status(401, undefined, 'upstream-unauthorized'),
  status(403, undefined, 'upstream-unauthorized'),
  status(404, undefined, 'upstream-invalid-response'),
  status(408, undefined, 'upstream-unavailable', retried),
  status(500, undefined, 'upstream-unavailable'),
  status(502, undefined, 'upstream-unavailable', retried),
  status(503, undefined, 'upstream-unavailable', retried),
  status(504, undefined, 'upstream-unavailable', retried),
  status(302, undefined, 'upstream-invalid-response'),
  status(400, 'HSS.0001', 'invalid-request'),
  status(400, 'HSS.0002', 'invalid-request'),
  status(400, 'HSS.0010', 'upstream-unauthorized'),
  status(400, 'HSS.0011', 'not-found', { warm: 'not-found' }),
  status(400, 'HSS.0013', 'upstream-unauthorized'),
  status(400, '00000010', 'upstream-unauthorized'),
  status(404, 'APIGW.0101', 'upstream-unsupported'),
  status(504, 'APIGW.0201', 'upstream-unavailable', retried),
  status(401, 'APIGW.0301', 'upstream-unauthorized'),
  status(403, 'APIGW.0302', 'upstream-unauthorized'),
  status(401, 'APIGW.0307', 'upstream-unauthorized'),
  status(429, 'APIGW.0308', 'upstream-throttled', { retryAfter: 60 }),
  status(503, 'APIGW.0613', 'upstream-unavailable', retried),
  raw(
    'an error of the older shape',
    400,
    '{"error_code":"00000010","error_description":"拒绝访问"}',
    'upstream-unauthorized',
  ),
  raw('an error inside an error', 400, '{"error":{"code":"HSS.0011","message":"x"}}', 'not-found', {
    warm: 'not-found',
  }),
  raw('an error in camel case', 400, '{"errorCode":"HSS.0001","errorMsg":"x"}', 'invalid-request'),
  raw('a bare code', 404, '{"code":"APIGW.0101","message":"x"}', 'upstream-unsupported'),
  raw('a code under a 200', 200, '{"error_code":"HSS.0011","error_msg":"x"}', 'not-found', {
    warm: 'not-found',
  }),
  raw('a nested code under a 200', 200, '{"error":{"code":"HSS.9999"}}', 'upstream-invalid-response'),
  raw('plain text', 400, upstreamText, 'upstream-invalid-response'),
  raw('an empty body', 200, '', 'upstream-invalid-response'),
  raw('a list without its envelope', 200, '[]', 'upstream-invalid-response'),
  raw('null', 200, 'null', 'upstream-invalid-response'),
  raw('absurd nesting', 200, '['.repeat(200_000), 'upstream-invalid-response'),
  raw('text that is not UTF-8', 200, '{"data_list":"\uD800', 'upstream-invalid-response'),
  raw('an empty object', 200, '{}', 'ok', { warm: 'ok' }),
  { name: 'throttle', fault: { kind: 'throttle' }, code: 'upstream-throttled', retryAfter: 60 },
  {
    name: 'throttle without words',
    fault: { kind: 'throttle', text: false },
    code: 'upstream-throttled',
    retryAfter: 60,
  },
  {
    name: 'throttle with Retry-After',
    fault: { kind: 'throttle', retryAfter: '17' },
    code: 'upstream-throttled',
    retryAfter: 17,
  },
  { name: 'unauthorized', fault: { kind: 'unauthorized' }, code: 'upstream-unauthorized' },
  { name: 'reset', fault: { kind: 'reset' }, code: 'upstream-unavailable', retried: true },
  { name: 'hang', fault: { kind: 'hang' }, code: 'upstream-unavailable', retried: true },
  {
    name: 'drip',
    fault: { kind: 'drip', bytesPerSecond: 20 },
    code: 'upstream-unavailable',
    retried: true,
  },
  { name: 'truncate', fault: { kind: 'truncate' }, code: 'upstream-invalid-response' },
  { name: 'html', fault: { kind: 'html' }, code: 'upstream-unavailable', retried: true },
  { name: 'html under a 200', fault: { kind: 'html', status: 200 }, code: 'upstream-invalid-response' },
  { name: 'garbage', fault: { kind: 'garbage' }, code: 'upstream-invalid-response' },
  { name: 'huge', fault: { kind: 'huge' }, code: 'upstream-invalid-response' },
  { name: 'not-a-list', fault: { kind: 'not-a-list' }, code: 'upstream-invalid-response' },
  { name: 'missing-data-list', fault: { kind: 'missing-data-list' }, code: 'upstream-invalid-response' },
  {
    name: 'missing-data-list of 0',
    fault: { kind: 'missing-data-list', totalNum: 0 },
    code: 'ok',
    warm: 'ok',
  },
  { name: 'missing-total', fault: { kind: 'missing-total' }, code: 'ok', warm: 'ok' },
];

/** Still: a hold-off of a second must not be over because the machine was slow. */
const clock = TestClock.still();
let emulator: Emulator;
let service: TestService;
/** Log lines before the present test are not its own. */
let logged = 0;

beforeAll(async () => {
  emulator = await startEmulator({ rate: 'off', clock, registryImages: 5, localImages: 5 });
  service = await startService({ emulator, clock, env: { HSS_TIMEOUT: `${hssTimeoutMs}ms` } });
});

afterAll(async () => {
  await service.close();
  await emulator.close();
});

beforeEach(async () => {
  // HSS works again: whatever was paused, open or resting after the fault before is used again.
  clock.advance(untilAllIsForgotten);
  expect((await service.get(proxyAgent)).status).toBe(200);
  clock.advance(untilAllIsForgotten);
  const paths = Object.values(routes);
  const answers = await Promise.all(paths.map((path) => service.get(path)));
  const seen = answers.map(({ status: answered, body }) => [answered, body.detail]);
  expect(seen).toEqual(paths.map(() => [200, undefined]));
  clock.advance(untilAllIsForgotten);
  emulator.journal.clear();
  logged = service.logText().length;
});

afterEach(() => emulator.faults.clear());

const callsOf = (path: string) => (path === proxyAgent ? 3 : 1);

/** Asks while all calls meet the fault. Where calls hang, or are repeated after a while, the time is moved on. */
async function ask(path: string, { fault, retried: isRetried }: Case): Promise<TestAnswer> {
  emulator.journal.clear();
  emulator.faults.schedule(fault);
  const progress = { isDone: false };
  const answer = service.get(path).finally(() => (progress.isDone = true));
  if (!isRetried) return answer;
  const hangs = fault.kind === 'hang' || fault.kind === 'drip';
  for (const attempt of [1, 2]) {
    const calls = attempt * callsOf(path);
    await until(() => {
      // A back-off, half a second at most.
      if (attempt === 2) clock.advance(25);
      return progress.isDone || emulator.journal.entries.length >= calls;
    });
    if (hangs) clock.advance(overdueMs);
  }
  return answer;
}

const statusOf: Record<string, number> = {
  'invalid-request': 400,
  'not-found': 404,
  'upstream-unauthorized': 502,
  'upstream-unsupported': 502,
  'upstream-invalid-response': 502,
  'upstream-throttled': 503,
  'upstream-unavailable': 503,
};

function expectNothingSecret(answer: TestAnswer): void {
  const { ak, sk } = emulator.credentials;
  const log = service.logText().slice(logged);
  // What Huawei's support asks for is in the log.
  const upstreamId = answer.body.upstream?.requestId as string | null | undefined;
  if (upstreamId && answer.body.code !== 'not-found') expect(log).toContain(upstreamId);
  for (const text of [answer.text, log])
    for (const secret of [
      ak,
      sk,
      readKey,
      'canonicalRequest',
      'TEXT-OF-HSS',
      '拒绝访问',
      'Bad Gateway</',
      'Signature=',
    ])
      expect(text).not.toContain(secret);
}

function expectProblem(answer: TestAnswer, { code, retryAfter }: Case): void {
  const { body, headers } = answer;
  expect({ code: body.code, status: answer.status }).toEqual({ code, status: statusOf[code] });
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({
    type: `/docs/problems#${code}`,
    status: answer.status,
    requestId: headers.get('x-request-id'),
  });
  if (answer.status === 503) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    // By the service's clock, which is days ahead of the machine's.
    expect(Date.parse(body.retryAt as string)).toBeGreaterThan(clock.now() - 60_000);
  }
  // Some seconds may have passed, but what HSS said is told from what is taken for granted: 17 from 60.
  if (retryAfter !== undefined)
    expect(Math.abs(retryAfter - Number(headers.get('retry-after')))).toBeLessThan(15);
}

/** Stale answers of lists by themselves are asked for with these few: the parts of the merged answer are lists, too. */
const metByLists = new Set([
  'status 500 ',
  'status 400 HSS.0011',
  'a code under a 200',
  'an empty object',
  'throttle',
  'reset',
  'hang',
  'html under a 200',
  'garbage',
  'not-a-list',
  'missing-total',
]);

describe.each(cases)('the fault $name', (each) => {
  it.each(Object.entries(routes))('is the documented answer of %s when nothing is kept', async (_, path) => {
    const answer = await ask(path, each);
    if (each.code === 'ok') expect(answer.status).toBe(200);
    else expectProblem(answer, each);
    expectNothingSecret(answer);
    expect(emulator.journal.entries).toHaveLength(callsOf(path) * (each.retried ? 2 : 1));
    if (each.name === 'drip' || each.name === 'huge') {
      await emulator.journal.settled();
      const outcomes = new Set(emulator.journal.entries.map(({ outcome }) => outcome));
      expect([...outcomes]).toEqual(['aborted-by-client']);
    }
  });

  const refreshed = Object.entries(routes).filter(
    ([name, path]) => path === proxyAgent || (name === 'registry images' && metByLists.has(each.name)),
  );

  it.each(refreshed)('is survived by stale answers of %s', async (_, path) => {
    expect((await service.get(path)).status).toBe(200);
    clock.advance(untilAllIsStale);
    const idleTimers = clock.pendingTimers;
    emulator.journal.clear();
    emulator.faults.schedule(each.fault);
    // HSS is asked behind the consumer's back, whatever comes of it.
    const atOnce = await service.get(path);
    expect(atOnce.status).toBe(200);
    expectStale(atOnce);
    if (each.warm === 'not-found') return until(async () => (await service.get(path)).status === 404);
    if (each.warm === 'ok')
      return until(async () => /ttl=\d/.test((await service.get(path)).headers.get('cache-status') ?? ''));

    const calls = callsOf(path) * (each.retried ? 2 : 1);
    const hangs = each.fault.kind === 'hang' || each.fault.kind === 'drip';
    await until(() => {
      // Back-offs, and calls that hang. While others are on their way, what has failed for good must not be tried again.
      const isUnderWay = emulator.journal.entries.some(({ outcome }) => outcome === 'pending');
      if (each.retried && (hangs || !isUnderWay)) clock.advance(100);
      return emulator.journal.entries.length >= calls && clock.pendingTimers === idleTimers;
    });
    const held = await service.get(path);
    expectStale(held);
    expect(held.text.replace(/"parts":.*/, '')).toBe(atOnce.text.replace(/"parts":.*/, ''));
    if (path === proxyAgent) {
      await until(async () => (await reasonsOf(path)).every((code) => code !== undefined));
      expect(await reasonsOf(path)).toEqual([each.code, each.code, each.code]);
    }
    // Nobody tries again before the hold-off is over.
    expect(emulator.journal.entries).toHaveLength(calls);
    expectNothingSecret(held);
  });

  function expectStale({ headers }: TestAnswer): void {
    expect(headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=-\d+$/);
    expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(untilAllIsStale / 1_000);
  }

  async function reasonsOf(path: string): Promise<unknown[]> {
    const { image, baseOs, files } = (await service.get(path)).body.parts;
    return [image, baseOs, files].map((part) => part.status === 'stale' && part.error?.code);
  }
});

describe('a call that fails', () => {
  const windowMs = 60_000;

  it('is repeated once where a gateway broke it, within the retry budget, never after a 4xx or a 500', async () => {
    const patient = await startService({ emulator, clock, env: { HSS_RATE: '100/60s' } });
    let lists = 0;
    const outcomesOf = async (fault: Fault) => {
      emulator.journal.clear();
      emulator.faults.clear();
      emulator.faults.schedule({ ...fault, times: 1 });
      const answer = patient.get(`/v1/registry-images?name=retry-${(lists += 1)}`);
      const progress = { isDone: false };
      void answer.finally(() => (progress.isDone = true));
      await until(() => {
        // A back-off, half a second at most.
        if (!progress.isDone) clock.advance(25);
        return progress.isDone;
      });
      const { status: answered } = await answer;
      return { answered, calls: emulator.journal.entries.map(({ outcome }) => outcome) };
    };
    const broken: Fault = { kind: 'status', status: 503 };
    expect(await outcomesOf(broken)).toEqual({ answered: 200, calls: [503, 200] });
    // A tenth of two calls is none, and one has been had.
    expect(await outcomesOf(broken)).toEqual({ answered: 503, calls: [503] });
    for (const status of [400, 404, 500]) {
      clock.advance(windowMs);
      const refused = await outcomesOf({ kind: 'status', status });
      expect(refused.calls).toEqual([status]);
    }
    clock.advance(windowMs);
    // Or this would be the third failure in a row.
    expect((await patient.get('/v1/registry-images?name=fine')).status).toBe(200);
    expect(await outcomesOf(broken)).toEqual({ answered: 200, calls: [503, 200] });
    clock.advance(windowMs);
    expect(await outcomesOf({ kind: 'throttle' })).toEqual({ answered: 503, calls: [429] });
    await patient.close();
  });

  it('stops the others after three in a row, and one tries again after the back-off', async () => {
    const path = () => `/v1/registry-images?name=open-${(lists += 1)}`;
    let lists = 0;
    emulator.faults.schedule({ kind: 'status', status: 500 });
    for (let call = 0; call < 3; call += 1) expect((await service.get(path())).status).toBe(503);
    const refused = await service.get(path());
    expect(refused.body).toMatchObject({ status: 503, code: 'upstream-unavailable' });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(5);
    expect(emulator.journal.entries).toHaveLength(3);
    // The other APIs go on.
    emulator.faults.clear();
    expect((await service.get(`/v1/local-images?name=open`)).status).toBe(200);
    clock.advance(5_000);
    expect((await service.get(path())).status).toBe(200);
    expect((await service.get(path())).status).toBe(200);
  });
});

describe('hundreds of faults at random', () => {
  const kinds: Fault[] = [
    ...cases.map(({ fault }) => fault).filter(({ kind }) => kind !== 'huge' && kind !== 'status'),
    { kind: 'status', status: 500 },
    { kind: 'status', status: 401 },
    { kind: 'status', status: 400, code: 'HSS.0011' },
  ];

  it('are answered, each in time, and leave nothing behind', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    realProcess.on('unhandledRejection', note);
    const random = new SeededRandom('hundreds of faults');
    const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)] as T;
    const path = () => {
      if (random.chance(0.6)) return proxyAgent.replace('proxy-agent', `never-${random.integer(0, 9)}`);
      const route = pick(Object.values(routes));
      return route.includes('?') ? route : `${route}?name=never-${random.integer(0, 9)}`;
    };
    const idleTimers = clock.pendingTimers;
    const answeredWith = new Map<number, number>();
    let struck = 0;
    for (let batch = 0; struck < 300; batch += 1) {
      for (let count = 0; count < 50; count += 1) emulator.faults.schedule({ ...pick(kinds), times: 1 });
      if (batch === 3) emulator.faults.schedule({ kind: 'huge', times: 1 });
      // Past the fresh lives, and past the rest of a credential that was refused.
      clock.advance(8 * day);
      const answers = Promise.all(Array.from({ length: 25 }, () => service.get(path())));
      for (const { status: answered, headers } of await untilAnswered(answers)) {
        answeredWith.set(answered, (answeredWith.get(answered) ?? 0) + 1);
        if (answered === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      struck += emulator.journal.entries.filter(({ fault }) => fault !== undefined).length;
      emulator.journal.clear();
      emulator.faults.clear();
    }
    expect([...answeredWith.keys()].sort()).toEqual([200, 400, 404, 502, 503]);

    clock.advance(untilAllIsForgotten);
    for (const route of Object.values(routes)) expect((await service.get(route)).status).toBe(200);
    await emulator.journal.settled();
    expect(clock.pendingTimers).toBe(idleTimers);
    expect(unhandled).toEqual([]);
    realProcess.off('unhandledRejection', note);
    // Kept alive: both ends of at most 64 connections to HSS, and of the test's own to the service.
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap');
    expect(sockets.length).toBeLessThan(2 * 64 + 2 * 30);
  });

  /** Calls that hang end by HSS_TIMEOUT, which is brought about instead of waited for. */
  async function untilAnswered<T>(answers: Promise<T>): Promise<T> {
    const progress = { isDone: false };
    const done = answers.finally(() => (progress.isDone = true));
    for (let turn = 1; !progress.isDone; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      // In small steps: a back-off between two attempts must not use up a deadline.
      if (turn % 50 === 0) clock.advance(500);
    }
    return done;
  }
});
