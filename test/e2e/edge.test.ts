import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { request as httpRequest, type Server } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { createApp } from '../../src/app.setup.js';
import { readConfig } from '../../src/config/config.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgentId as id, proxyAgentQuery as coordinates } from '../support/proxy-agent.js';
import { rawExchange, rawRequest } from '../support/raw-http.js';
import { adminKey, readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** Every data route, with a query that it answers. */
const routes = [
  { route: '/v1/registry-images', path: '/v1/registry-images?limit=3' },
  { route: '/v1/local-images', path: '/v1/local-images?limit=3' },
  { route: '/v1/images/{imageId}', path: `/v1/images/${id}?${coordinates}` },
  { route: '/v1/images/{imageId}/files', path: `/v1/images/${id}/files?${coordinates}` },
  { route: '/v1/images/{imageId}/base-os', path: `/v1/images/${id}/base-os?${coordinates}` },
];
const openPaths = ['/health', '/health/live', '/health/ready', '/docs', '/docs/problems', '/openapi.json'];
const key = { 'X-API-Key': readKey };

let clock: TestClock;
let emulator: Emulator;
let service: TestService;

beforeAll(async () => {
  // Still: an age is told to the second, however long a test takes.
  clock = TestClock.still();
  emulator = await startEmulator({ rate: 'off', clock });
  service = await startService({ emulator, clock });
});

afterAll(async () => {
  await service.close();
  await emulator.close();
});

beforeEach(() => emulator.journal.clear());
afterEach(() => emulator.faults.clear());

interface Problem {
  status: number;
  code: string;
  fields?: string[];
}

/** The answer is a problem of RFC 9457, complete, with nothing inside that is not ours to tell. */
function expectProblem(
  answer: { status: number; headers: TestAnswer['headers'] | NodeJS.Dict<string | string[]>; body: unknown },
  { status, code, fields }: Problem,
): void {
  const header = (name: string) =>
    answer.headers instanceof Headers ? answer.headers.get(name) : (answer.headers[name] ?? null);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { code } });
  expect(header('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(header('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.body).toMatchObject({
    type: `/docs/problems#${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: header('x-request-id'),
    retryable: expect.any(Boolean),
  });
  if (fields)
    expect((answer.body as { errors: { field: string }[] }).errors.map(({ field }) => field)).toEqual(fields);
}

describe.each(routes)('$route', ({ path }) => {
  it('refuses a request without a key', async () => {
    const answer = await service.request(path);
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(emulator.journal.calls()).toEqual([]);
  });

  it('refuses bad input without asking HSS, and names every field', async () => {
    const answer = await service.get(`${path}&nonsense=1&enterpriseProjectId=`);
    expectProblem(answer, { status: 400, code: 'invalid-request' });
    const fields = answer.body.errors.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual(['enterpriseProjectId', 'nonsense']);
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'refuses %s like any other unknown parameter',
    async (name) => {
      const answer = await service.get(`${path}&${name}=1`);
      expectProblem(answer, { status: 400, code: 'invalid-request', fields: [name] });
      expect(emulator.journal.calls()).toEqual([]);
    },
  );

  it('answers with the headers of cached data, and with 304 to whoever has it already', async () => {
    // So that no route finds what another one has asked for.
    await service.purge();
    const first = await service.get(path);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    expect(first.headers.get('age')).toBe('0');
    expect(first.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
    expect(first.headers.get('cache-status')).toMatch(/^hss-bff; fwd=uri-miss; stored; ttl=\d+$/);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[^"]+"$/);

    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, `"other" ,W/${etag}`, '*']) {
      const again = await service.get(path, { 'If-None-Match': tags });
      expect([tags, again.status, again.text]).toEqual([tags, 304, '']);
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
      expect(again.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=\d+$/);
    }
    const other = await service.get(path, { 'If-None-Match': '"other"' });
    expect([other.status, other.text]).toEqual([200, first.text]);
  });

  it('answers HEAD like GET, without the body', async () => {
    const get = await service.get(path);
    const head = await service.request(path, { method: 'HEAD', headers: key });
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-type', 'content-length'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    const refused = await service.request(path, { method: 'HEAD' });
    expect(refused.status).toBe(401);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'refuses %s and tells which methods it has, whatever the body',
    async (method) => {
      for (const [contentType, body] of [
        ['application/json', '{"broken'],
        ['text/xml', '<a/>'],
      ] as const) {
        const answer = await rawRequest(service.url, path, {
          method,
          headers: { ...key, 'Content-Type': contentType, 'Content-Length': String(body.length) },
          body,
        });
        expectProblem(answer, { status: 405, code: 'method-not-allowed' });
        expect(answer.headers['allow']).toBe('GET, HEAD');
      }
    },
  );
});

describe('the API key', () => {
  const path = '/v1/registry-images?limit=1';

  it.each([
    ['X-API-Key', { 'X-API-Key': readKey }],
    ['Bearer', { Authorization: `Bearer ${readKey}` }],
    ['a scheme in any case', { Authorization: `bEARER ${readKey}` }],
    ['the key of an admin', { 'X-API-Key': adminKey }],
  ])('is taken: %s', async (_, headers: Record<string, string>) => {
    const { status } = await service.request(path, { headers });
    expect(status).toBe(200);
  });

  it.each([
    ['a wrong key', { 'X-API-Key': 'wrong-key-0123456789' }],
    ['an empty key', { 'X-API-Key': '' }],
    ['the beginning of a key', { 'X-API-Key': readKey.slice(0, -1) }],
    ['a key and more', { 'X-API-Key': `${readKey}0` }],
    ['a key in the wrong case', { 'X-API-Key': readKey.toUpperCase() }],
    ['two keys', { 'X-API-Key': `${readKey}, ${readKey}` }],
    ['a key without its scheme', { Authorization: readKey }],
    ['Basic', { Authorization: `Basic ${Buffer.from(`reader:${readKey}`).toString('base64')}` }],
    ['a wrong Bearer beside a right X-API-Key', { Authorization: 'Bearer wrong', 'X-API-Key': readKey }],
    ['a key in a cookie', { Cookie: `X-API-Key=${readKey}` }],
  ])('is refused: %s', async (_, headers: Record<string, string>) => {
    const answer = await service.request(path, { headers });
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
    expect(emulator.journal.calls()).toEqual([]);
  });

  it('is not taken from the query', async () => {
    const answer = await service.request(`${path}&X-API-Key=${readKey}&key=${readKey}`);
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
  });

  it.each([
    '/%76%31/registry-images',
    '/v1/registry%2Dimages',
    '/%2e/v1/registry-images',
    '/v1/./registry-images',
    '/v1%2Fregistry-images',
    '//v1/registry-images',
    '/v1//registry-images',
    '/V1/registry-images',
    '/v1/registry-images/',
    '/v1/registry-images;x=1',
    '/v1/registry-images%3Flimit=1',
    '/v1/registry-images#limit=1',
    '/health/../v1/registry-images',
    '/docs/%2e%2e/v1/registry-images',
    'http://elsewhere/v1/registry-images',
    `/v1/images/health/files?${coordinates}`,
    `/%761/images/${id}?${coordinates}`,
  ])('cannot be avoided by another spelling: %s', async (spelling) => {
    const answer = await rawRequest(service.url, spelling);
    expect([401, 404]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/problem\+json/);
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(openPaths)('is not asked for at %s', async (open) => {
    const { status, headers } = await service.request(open);
    expect(status).toBe(200);
    expect(headers.get('x-request-id')).not.toBeNull();
  });

  it('never appears in the log', async () => {
    await service.get(`/v1/registry-images?name=${readKey}`);
    await service.request('/v1/registry-images', { headers: { Authorization: `Bearer ${readKey}x` } });
    expect(service.logText()).not.toContain(readKey);
  });
});

describe('X-Request-Id', () => {
  it.each(['a', 'A-b_c.9', 'x'.repeat(128)])('is kept when it is harmless: %s', async (given) => {
    for (const path of ['/health', '/v1/registry-images', '/nowhere', '/%zz']) {
      const { headers } = await rawRequest(service.url, path, { headers: { 'X-Request-Id': given } });
      expect(headers['x-request-id']).toBe(given);
    }
  });

  it.each(['', 'x'.repeat(129), 'a b', 'a,b', 'ü', '<script>', "a'b"])(
    'is replaced when it is not: %s',
    async (given) => {
      const { headers } = await rawRequest(service.url, '/health', { headers: { 'X-Request-Id': given } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('a request that the framework refuses', () => {
  it.each([
    ['a malformed escape in the path', '/v1/images/%zz'],
    ['an escape that is no UTF-8 in the path', '/v1/images/%ff/files'],
    ['a malformed escape in the query', '/v1/registry-images?name=%zz'],
    ['an escape that is no UTF-8 in the query', '/v1/registry-images?name=%c3%28'],
    ['an escape that breaks off', '/v1/registry-images?name=100%'],
    ['a malformed escape where no key is needed', '/health?%zz'],
  ])('gets a problem for %s', async (_, path) => {
    const answer = await rawRequest(service.url, path, { headers: key });
    expectProblem(answer, { status: 400, code: 'invalid-request' });
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(['/', '/v1', '/v1/', '/v1/nowhere', '/v2/images', '/docs/nowhere', '/docs/../package.json'])(
    'gets a 404 for %s',
    async (path) => {
      expectProblem(await rawRequest(service.url, path, { headers: key }), {
        status: 404,
        code: 'not-found',
      });
      const post = { method: 'POST', headers: { ...key, 'Content-Type': 'application/json' }, body: '{' };
      expectProblem(await rawRequest(service.url, path, post), { status: 404, code: 'not-found' });
    },
  );

  it.each(['/health', '/docs', '/docs/problems', '/openapi.json'])('gets a 405 for POST %s', async (path) => {
    const answer = await service.request(path, { method: 'POST' });
    expectProblem(answer, { status: 405, code: 'method-not-allowed' });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each(['batch-get', 'batch%2Dget', `batch-get?${coordinates}`])(
    'gets a 405 for whatever is no POST to /v1/images/%s, which is no image id',
    async (path) => {
      for (const method of ['GET', 'DELETE', 'OPTIONS']) {
        const answer = await service.request(`/v1/images/${path}`, { method, headers: key });
        expectProblem(answer, { status: 405, code: 'method-not-allowed' });
        expect([method, answer.headers.get('allow')]).toEqual([method, 'POST']);
      }
      expect(emulator.journal.calls()).toEqual([]);
    },
  );

  it.each(routes)('gets a 414 for a URL that is too long at $route', async ({ path }) => {
    for (const length of [8_200, 12_000, 20_000, 100_000]) {
      const answer = await rawRequest(service.url, `${path}&name=${'a'.repeat(length)}`, { headers: key });
      expectProblem(answer, { status: 414, code: 'uri-too-long' });
    }
    expect(emulator.journal.calls()).toEqual([]);
  });

  it('gets a 431 for headers that are too large', async () => {
    for (const length of [20_000, 60_000]) {
      const answer = await rawRequest(service.url, '/health', { headers: { 'X-Big': 'a'.repeat(length) } });
      expectProblem(answer, { status: 431, code: 'headers-too-large' });
    }
  });

  it.each([
    ['no HTTP at all', 'HELO there\r\n\r\n'],
    ['a method that does not exist', 'FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a version that does not exist', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['a header with a control character', 'GET /health HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n'],
    ['a raw non-ASCII URL', 'GET /v1/images/镜像 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a space in the URL', 'GET /v1/images/a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ])('gets a problem for %s', async (_, text) => {
    expectProblem(await rawExchange(service.url, text), { status: 400, code: 'invalid-request' });
  });

  it('is answered as usual when it expects what nobody knows', async () => {
    const text = 'GET /v1/registry-images HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n';
    expectProblem(await rawExchange(service.url, text), { status: 401, code: 'unauthenticated' });
  });

  it('leaves the service in good health', async () => {
    expect((await service.request('/health')).status).toBe(200);
    expect(errorLines()).toEqual([]);
  });
});

describe('an image id', () => {
  const badIds = [
    ['over 256 characters', 'a'.repeat(257)],
    ['far over 256 characters', 'a'.repeat(7_000)],
    ['over 256 characters, encoded', encodeURIComponent('镜'.repeat(257))],
    ['with a slash', 'a%2Fb'],
    ['of two dots', '%2e%2e'],
    ['of two literal dots', '..'],
    ['of one dot', '%2e'],
    ['with two dots inside', 'a..b'],
    ['with a zero byte', 'a%00b'],
    ['with a line break', 'a%0d%0ab'],
    ['with a DEL', 'a%7f'],
  ] as const;

  it.each(badIds)('is refused %s', async (_, badId) => {
    for (const suffix of ['', '/files', '/base-os']) {
      const path = `/v1/images/${badId}${suffix}?${coordinates}`;
      const answer = await rawRequest(service.url, path, { headers: key });
      expectProblem(answer, { status: 400, code: 'invalid-request', fields: ['imageId'] });
    }
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(['a'.repeat(256), '镜'.repeat(256), 'files', 'local-repositories', '50% +&=#?;', 'lookup2', '"q"'])(
    'goes upstream as one encoded segment: %s',
    async (goodId) => {
      const answer = await service.get(`/v1/images/${encodeURIComponent(goodId)}/files?type=cicd`);
      expectProblem(answer, { status: 404, code: 'not-found' });
      const [call, ...others] = emulator.journal.calls();
      expect(others).toEqual([]);
      expect(call).toMatchObject({ api: 'ListImageFiles', imageId: goodId, outcome: 400 });
    },
  );

  it('may be one that HSS calls by odd names', async () => {
    const answer = await service.get(`/v1/images/${encodeURIComponent('nightly 42%')}/base-os?type=cicd`);
    expect(answer.status).toBe(200);
    expect(emulator.journal.calls()).toMatchObject([{ imageId: 'nightly 42%', outcome: 200 }]);
  });
});

describe('/v1/admin/budget', () => {
  const path = '/v1/admin/budget';

  it('refuses a request without a key, and one with a key that may only read', async () => {
    expectProblem(await service.request(path), { status: 401, code: 'unauthenticated' });
    expectProblem(await service.get(path), { status: 403, code: 'forbidden' });
  });

  it('shows an admin what of each API is used, by calls and not by hits', async () => {
    // Past every fresh life and every window.
    clock.advance(8 * 24 * 3_600_000);
    const list = '/v1/registry-images?name=budget';
    await Promise.all([service.get(list), service.get(list)]);
    await service.get(list);
    const answer = await service.request(path, { headers: { 'X-API-Key': adminKey } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const used = answer.body.apis.map((each: { api: string; used: number }) => [each.api, each.used]);
    expect(Object.fromEntries(used as [string, number][])).toEqual({
      ListRegistryImages: 1,
      ListImageLocal: 0,
      ListImageFiles: 0,
      ListImageBasicImage: 0,
    });
    expect(emulator.journal.calls()).toHaveLength(1);
  });
});

/** Of an answer that is still on its way while several requests are made, on any machine. */
const longMs = 2_000;

describe('request Cache-Control', () => {
  /** A list of its own for every test. */
  let path: string;
  let number = 0;

  beforeEach(async () => {
    path = `/v1/registry-images?limit=1&name=none-${(number += 1)}`;
    expect((await service.get(path)).status).toBe(200);
    emulator.journal.clear();
  });

  const ask = async (directives: string) => {
    const answer = await service.get(path, { 'Cache-Control': directives });
    return { ...answer, calls: emulator.journal.calls().length };
  };

  it('tells the age', async () => {
    clock.advance(7_000);
    const answer = await service.get(path);
    expect(answer.headers.get('age')).toBe('7');
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    expect(answer.headers.get('cache-status')).toBe('hss-bff; hit; ttl=53');
  });

  it('answers at once after the fresh life, and asks HSS again behind the back', async () => {
    clock.advance(61_000);
    emulator.faults.schedule({ kind: 'latency', ms: longMs, times: 1 });
    for (let asked = 0; asked < 3; asked += 1) {
      const { headers } = await service.get(path);
      expect(headers.get('cache-status')).toBe('hss-bff; hit; ttl=-1');
      expect(headers.get('age')).toBe('61');
    }
    await until(async () => (await service.get(path)).headers.get('age') === '0');
    expect((await service.get(path)).headers.get('cache-status')).toBe('hss-bff; hit; ttl=60');
    expect(emulator.journal.calls()).toHaveLength(1);
  });

  it.each(['no-cache', 'max-age=0', 'max-age=5', 'max-age="0"', 'No-Cache'])(
    '%s is satisfied by a value under ten seconds old',
    async (directives) => {
      clock.advance(9_000);
      expect(await ask(directives)).toMatchObject({ status: 200, calls: 0 });
    },
  );

  it.each(['no-cache', 'max-age=0', 'max-age=5', 'foo, max-age=11, bar=1'])(
    '%s is answered by HSS when the value is older',
    async (directives) => {
      clock.advance(12_000);
      const answer = await ask(directives);
      expect(answer).toMatchObject({ status: 200, calls: 1 });
      expect(answer.headers.get('age')).toBe('0');
      expect(answer.headers.get('cache-status')).toBe('hss-bff; fwd=request; stored; ttl=60');
    },
  );

  it('max-age=N is satisfied by a value that is no older', async () => {
    clock.advance(29_000);
    expect(await ask('max-age=30')).toMatchObject({ status: 200, calls: 0 });
  });

  it.each(['no-cache', 'max-age=1'])(
    '%s fails when HSS is throttling, rather than show what is old',
    async (directives) => {
      clock.advance(20_000);
      emulator.faults.schedule({ kind: 'throttle', retryAfter: '7', times: 1 });
      const answer = await ask(directives);
      expectProblem(answer, { status: 503, code: 'upstream-throttled' });
      expect(answer.headers.get('retry-after')).toBe('7');
      expect(answer.calls).toBe(1);
      clock.advance(7_000);
    },
  );

  it('max-stale=N takes what is over by no more than that, without asking HSS', async () => {
    clock.advance(90_000);
    const answer = await ask('max-stale=40');
    expect(answer).toMatchObject({ status: 200, calls: 0 });
    expect(answer.headers.get('cache-status')).toBe('hss-bff; hit; ttl=-30');
    expect(answer.headers.get('age')).toBe('90');
    expect(await ask('max-stale')).toMatchObject({ status: 200, calls: 0 });
    const asked = await ask('max-stale=20');
    expect(asked).toMatchObject({ status: 200, calls: 1 });
    expect(asked.headers.get('cache-status')).toBe('hss-bff; fwd=stale; stored; ttl=60');
  });

  it('only-if-cached never asks HSS', async () => {
    expect(await ask('only-if-cached')).toMatchObject({ status: 200, calls: 0 });
    clock.advance(61_000);
    expectProblem(await ask('only-if-cached'), { status: 504, code: 'not-cached' });
    expect(await ask('only-if-cached, max-stale=60')).toMatchObject({ status: 200, calls: 0 });
    const cold = await service.get(`${path}-cold`, { 'Cache-Control': 'only-if-cached' });
    expectProblem(cold, { status: 504, code: 'not-cached' });
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(['max-age=x', 'max-age=-1', 'max-age', 'max-age=', 'nonsense', ',,=,;'])(
    'ignores what it cannot read: %s',
    async (directives) => {
      clock.advance(30_000);
      expect(await ask(directives)).toMatchObject({ status: 200, calls: 0 });
    },
  );

  it('tells when a stale value stands in for an answer of HSS', async () => {
    clock.advance(61_000);
    emulator.faults.schedule({ kind: 'status', status: 500, times: 1 });
    const answer = await ask('max-stale=0');
    expect(answer).toMatchObject({ status: 200, calls: 1 });
    expect(answer.headers.get('cache-status')).toBe('hss-bff; fwd=stale; ttl=-1');
    // HSS is left alone for a moment after that.
    const again = await ask('max-stale=0');
    expect(again).toMatchObject({ status: 200, calls: 1 });
    expect(again.headers.get('cache-status')).toBe('hss-bff; hit; ttl=-1');
  });

  it('tells which requests shared a call', async () => {
    clock.advance(61_000);
    emulator.faults.schedule({ kind: 'latency', ms: longMs, times: 1 });
    const first = ask('max-stale=0');
    await emulator.journal.arrivals(1);
    const others = await Promise.all([ask('max-stale=0'), ask('max-stale=0')]);
    expect((await first).headers.get('cache-status')).toBe('hss-bff; fwd=stale; stored; ttl=60');
    for (const { headers } of others)
      expect(headers.get('cache-status')).toBe('hss-bff; fwd=stale; collapsed; stored; ttl=60');
    expect(emulator.journal.calls()).toHaveLength(1);
  });
});

describe('Prefer', () => {
  it('wait=N shortens the deadline', async () => {
    emulator.faults.schedule({ kind: 'hang' });
    const asked = service.get('/v1/local-images?name=hanging', { Prefer: 'wait=3' });
    await emulator.journal.arrivals(1);
    clock.advance(3_000);
    expectProblem(await asked, { status: 504, code: 'deadline-exceeded' });
  });

  it('handling=strict is confirmed', async () => {
    const path = `/v1/images/${id}?${coordinates}`;
    const strict = await service.get(path, { Prefer: 'handling=strict; foo, wait=10' });
    expect(strict.status).toBe(200);
    expect(strict.headers.get('preference-applied')).toBe('handling=strict');
    const usual = await service.get(path, { Prefer: 'handling=lenient' });
    expect(usual.headers.get('preference-applied')).toBeNull();
  });

  it('handling=strict gets the reason instead of a list that is stale', async () => {
    const path = '/v1/registry-images?name=strict';
    await service.get(path);
    clock.advance(61_000);
    emulator.faults.schedule({ kind: 'status', status: 500 });
    expect((await service.get(path)).status).toBe(200);
    const strict = await service.get(path, { Prefer: 'handling=strict' });
    expectProblem(strict, { status: 503, code: 'upstream-unavailable' });
    expect(strict.headers.get('preference-applied')).toBe('handling=strict');
  });
});

describe('other origins', () => {
  it('are not let in: no answer has a CORS header', async () => {
    const origin = { Origin: 'https://elsewhere.example', 'Access-Control-Request-Method': 'GET' };
    const answers = [
      await service.get('/v1/registry-images', origin),
      await service.request('/v1/registry-images', { method: 'OPTIONS', headers: { ...key, ...origin } }),
      await service.request('/health', { headers: origin }),
    ];
    for (const { headers } of answers)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a caller that hangs up', () => {
  it('costs no error, and what it asked for serves the next one', async () => {
    const path = '/v1/local-images?name=hang-up';
    emulator.faults.schedule({ kind: 'latency', ms: 50, times: 1 });
    const { hostname, port } = new URL(service.url);
    const request = httpRequest({ hostname, port, path, headers: key, agent: false });
    request.on('error', () => undefined);
    request.end();
    await emulator.journal.arrivals(1);
    request.destroy();
    const next = await service.get(path);
    expect(next.status).toBe(200);
    expect(emulator.journal.calls()).toHaveLength(1);
    expect(errorLines()).toEqual([]);
  });
});

describe('behind a path of a proxy', () => {
  let mounted: TestService;

  beforeAll(async () => {
    mounted = await startService({ emulator, clock, env: { PUBLIC_BASE_PATH: '/security/hss' } });
  });
  afterAll(() => mounted.close());

  it('puts that path into links', async () => {
    const list = await mounted.get('/v1/registry-images?limit=1');
    expect(list.body.next).toMatch(/^\/security\/hss\/v1\/registry-images\?limit=1&offset=1&/);
    const files = await mounted.get(`/v1/images/${id}/files?${coordinates}`);
    expect(files.body.next).toMatch(/^\/security\/hss\/v1\/images\/sha256%3A0b08/);
    const merged = await mounted.get(`/v1/images/${id}?${coordinates}`);
    expect(merged.body.files.next).toMatch(/^\/security\/hss\/v1\/images\/sha256%3A0b08/);
  });

  it('puts it into the type of every problem', async () => {
    const problems = [
      await mounted.request('/v1/registry-images'),
      await mounted.request('/nowhere'),
      await rawRequest(mounted.url, '/v1/images/%zz'),
      await rawExchange(mounted.url, 'HELO\r\n\r\n'),
    ];
    for (const { body } of problems) expect(body.type).toBe(`/security/hss/docs/problems#${body.code}`);
  });

  it('puts it into the docs', async () => {
    const { text: page } = await mounted.request('/docs');
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const link of links) {
      expect(link).toMatch(/^\/security\/hss\/docs\//);
      expect((await mounted.request(link.replace('/security/hss', ''))).status).toBe(200);
    }
    expect((await mounted.request('/docs/start.js')).text).toContain("'/security/hss/openapi.json'");
    expect((await mounted.request('/openapi.json')).body.servers).toEqual([{ url: '/security/hss' }]);
  });
});

describe('the demo key', () => {
  const demoKey = 'demo-key-0123456789';
  let demo: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    const config = readConfig({}, () => '');
    const { region, projectId, credentials } = emulator;
    const { ak, sk } = credentials;
    const hss = {
      endpoint: emulator.url,
      iamEndpoint: emulator.url,
      region,
      projectId,
      enterpriseProjectId: 'all_granted_eps',
      auth: { kind: 'aksk', ak, sk } as const,
      timeoutMs: 10_000,
    };
    demo = await createApp({ config: { ...config, hss }, clock, log: pino({ enabled: false }), demoKey });
    await demo.listen(0, '127.0.0.1');
    url = await demo.getUrl();
  });
  afterAll(() => demo.close());

  it('works from this machine, and every answer says that the data are made up', async () => {
    const answer = await rawRequest(url, '/v1/registry-images?limit=1', {
      headers: { 'X-API-Key': demoKey },
    });
    expect(answer.status).toBe(200);
    const others = await Promise.all([
      rawRequest(url, '/v1/registry-images'),
      rawRequest(url, '/health'),
      rawRequest(url, '/docs'),
      rawRequest(url, '/nowhere'),
      rawRequest(url, '/%zz'),
      rawExchange(url, 'HELO\r\n\r\n'),
    ]);
    for (const { headers } of [answer, ...others]) expect(headers['x-demo-data']).toBe('true');
  });

  it.each([
    ['Forwarded', 'for=203.0.113.7'],
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Host', 'example.com'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Real-IP', '203.0.113.7'],
    ['Via', '1.1 proxy'],
    ['CF-Connecting-IP', '203.0.113.7'],
  ])('is refused when %s shows a proxy', async (name, value) => {
    const answer = await rawRequest(url, '/v1/registry-images?limit=1', {
      headers: { 'X-API-Key': demoKey, [name]: value },
    });
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
  });

  it.each([
    ['127.0.0.1', 200],
    ['127.8.9.10', 200],
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
    ['192.0.2.1', 401],
    ['10.0.0.127', 401],
    ['::ffff:192.0.2.1', 401],
    ['2001:db8::1', 401],
  ])('from %s gets a %d', async (remoteAddress, status) => {
    // The one thing that cannot be had over a real socket here: a peer elsewhere.
    const server: Server = demo.getHttpServer();
    server.prependOnceListener('connection', (socket) =>
      Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress }),
    );
    const answer = await rawRequest(url, '/v1/registry-images?limit=1', {
      headers: { 'X-API-Key': demoKey },
    });
    expect(answer.status).toBe(status);
  });

  it('is not there without the demo', async () => {
    const answer = await service.request('/v1/registry-images', { headers: { 'X-API-Key': demoKey } });
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
    expect(answer.headers.get('x-demo-data')).toBeNull();
  });
});

function errorLines(): string[] {
  return service
    .logText()
    .split('\n')
    .filter((line) => /"level":(50|60)/.test(line));
}
