import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { RawConnection } from '../support/raw-connection.js';
import { rawExchange, rawRequest, type RawAnswer } from '../support/raw-http.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { adminKey, readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const coordinates = proxyAgent.slice(proxyAgent.indexOf('?') + 1);
const image = proxyAgent.slice(0, proxyAgent.indexOf('?'));
const digest = image.slice('/v1/images/'.length);
const minute = 60_000;

let lists = 0;
const anotherList = () => `/v1/registry-images?name=hot-${(lists += 1)}`;

async function hotState(service: TestService) {
  const { body } = await service.get('/v1/admin/cache', { 'X-API-Key': adminKey });
  return body.hot as { answers: number; bytes: number; maxBytes: number; hits: number };
}

/** Whether this request is answered with stored bytes. */
async function isHot(service: TestService, ask: () => Promise<unknown>): Promise<boolean> {
  const before = (await hotState(service)).hits;
  await ask();
  return (await hotState(service)).hits > before;
}

/** Requests the path until its answer is hot. */
async function heat(service: TestService, path: string): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) expect((await service.get(path)).status).toBe(200);
  expect(await isHot(service, () => service.get(path))).toBe(true);
}

describe('hot answers', () => {
  // A still clock: ages are exact to the second, however long a test takes.
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
    service = await startService({ emulator, clock, env: { PUBLIC_BASE_PATH: '/hss' } });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(service.url, path, { method, headers: { 'X-API-Key': readKey, ...headers } });

  /** The answer without the parts that depend on the time. */
  function comparable({ status, text, headers }: RawAnswer) {
    const { date, age, ...rest } = headers;
    expect([typeof date, /^\d+$/.test(String(age))]).toEqual(['string', true]);
    const cacheStatus = String(rest['cache-status']).replace(/ttl=\d+$/, 'ttl=N');
    return { status, text, order: Object.keys(headers), headers: { ...rest, 'cache-status': cacheStatus } };
  }

  const paths = [
    '/v1/registry-images?limit=200',
    '/v1/registry-images?offset=200&limit=50',
    '/v1/registry-images?limit=20&offset=190',
    '/v1/registry-images?name=%E5%9B%BE&limit=1',
    '/v1/registry-images?severity=high&sort=-scannedAt',
    '/v1/local-images?limit=3',
    `${image}/files?${coordinates}`,
    `${image}/base-os?${coordinates}`,
    proxyAgent,
    `${proxyAgent}&include=files`,
    `${proxyAgent}&include=image,baseOs,files,hosts&fileLimit=2`,
  ];

  describe.each(paths)('of %s', (path) => {
    const requests: [string, string, (etag: string) => Record<string, string>][] = [
      ['GET', 'GET', () => ({})],
      ['HEAD', 'HEAD', () => ({})],
      ['a known ETag', 'GET', (etag) => ({ 'If-None-Match': `"x", W/${etag}` })],
      ['a known ETag and HEAD', 'HEAD', (etag) => ({ 'If-None-Match': etag })],
      ['another ETag', 'GET', () => ({ 'If-None-Match': '"x"' })],
      ['a request id', 'GET', () => ({ 'X-Request-Id': 'a.b-C_1' })],
    ];

    it.each(requests)('equal the normal answer to %s', async (_name, method, headersFor) => {
      await raw(path);
      const { etag = '' } = (await raw(path)).headers;
      const id = { 'X-Request-Id': 'fixed', ...headersFor(etag) };
      // This directive changes only the way of the request through the service.
      const cold = await raw(path, { ...id, 'Cache-Control': 'max-stale=0' }, method);
      let hot: RawAnswer | undefined;
      expect(await isHot(service, async () => (hot = await raw(path, id, method)))).toBe(true);
      expect(comparable(hot!)).toEqual(comparable(cold));
    });
  });

  it('carry a new request id, or the id of the request if valid', async () => {
    const path = anotherList();
    await heat(service, path);
    const ids = await Promise.all(
      [{}, {}, { 'X-Request-Id': 'no spaces' }, { 'X-Request-Id': 'mine' }].map(
        async (headers) => (await raw(path, headers)).headers['x-request-id'],
      ),
    );
    expect(new Set(ids).size).toBe(4);
    expect(ids[2]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[3]).toBe('mine');
  });

  it('are logged like any other answer, by their route', async () => {
    const path = anotherList();
    await heat(service, path);
    await raw(path, { 'X-Request-Id': 'logged-hot' });
    await raw(path, { 'X-Request-Id': 'logged-cold', 'Cache-Control': 'max-stale=0' });
    await until(() => service.logText().includes('logged-cold'));
    const line = (id: string) => {
      const { time, ms, reqId, ...rest } = JSON.parse(
        service
          .logText()
          .split('\n')
          .find((text) => text.includes(id))!,
      );
      return [typeof time, typeof ms, typeof reqId, rest];
    };
    expect(line('logged-hot')).toEqual(line('logged-cold'));
    expect(line('logged-hot')[3]).toMatchObject({ consumer: 'reader', route: '/v1/registry-images' });
  });

  it('grow older by the second, and end with their fresh life', async () => {
    const path = anotherList();
    await heat(service, path);
    clock.advance(20_000);
    const later = await raw(path);
    expect(later.headers.age).toBe('20');
    expect(later.headers['cache-status']).toBe('hss-bff; hit; ttl=40');
    expect(await isHot(service, () => raw(path))).toBe(true);
    clock.advance(40_000);
    expect(await isHot(service, () => raw(path))).toBe(false);
  });

  it.each<[string, Record<string, string>]>([
    ['strict handling', { Prefer: 'handling=strict' }],
    ['a shorter wait', { Prefer: 'wait=5' }],
    ['no-cache', { 'Cache-Control': 'no-cache' }],
    ['max-age', { 'Cache-Control': 'max-age=10' }],
    ['only-if-cached', { 'Cache-Control': 'only-if-cached' }],
  ])('are not given to a request with %s', async (_name, headers) => {
    const path = anotherList();
    await heat(service, path);
    expect(await isHot(service, () => raw(path, headers))).toBe(false);
    const { headers: given } = await raw(path, headers);
    expect(given['preference-applied']).toBe(
      headers['Prefer'] === 'handling=strict' ? 'handling=strict' : undefined,
    );
  });

  it('are replaced by a call when max-age demands it', async () => {
    const path = anotherList();
    await heat(service, path);
    clock.advance(11_000);
    emulator.journal.clear();
    await raw(path, { 'Cache-Control': 'max-age=1' });
    expect(emulator.journal.calls()).toHaveLength(1);
    expect((await raw(path)).headers.age).toBe('0');
  });

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['a wrong key', { 'X-API-Key': `${readKey}0` }],
    ['a wrong bearer', { Authorization: `Bearer ${readKey.slice(1)}` }],
    ['a wrong key beside a right bearer', { Authorization: `Bearer ${readKey}`, 'X-API-Key': 'nonsense' }],
    ['two keys', { 'X-API-Key': `${readKey}, ${readKey}` }],
  ])('are refused to a request with %s', async (_name, headers) => {
    const path = anotherList();
    await heat(service, path);
    const [hot, cold] = await Promise.all(
      [path, anotherList()].map((each) => rawRequest(service.url, each, { headers })),
    );
    expect([hot!.status, hot!.body.code, hot!.headers['www-authenticate']]).toEqual([
      401,
      'unauthenticated',
      cold!.headers['www-authenticate'],
    ]);
    expect(Object.keys(hot!.headers)).toEqual(Object.keys(cold!.headers));
  });

  it('are refused to a wrong key after a right one on the same connection', async () => {
    const path = anotherList();
    await heat(service, path);
    const connection = await RawConnection.open(service.url);
    const keys = [readKey, `${readKey}0`, adminKey, 'nonsense', readKey];
    for (const key of keys) connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`);
    const answers = await connection.received(keys.length);
    connection.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401, 200]);
  });

  it('are given for both ways of sending a key, and to admins', async () => {
    const path = anotherList();
    await heat(service, path);
    for (const headers of [{ Authorization: `bearer  ${readKey}` }, { 'X-API-Key': adminKey }])
      expect(await isHot(service, () => rawRequest(service.url, path, { headers }))).toBe(true);
  });

  it('exist only for routes with data, and for GET or HEAD without a body', async () => {
    const admin = { 'X-API-Key': adminKey };
    for (const path of ['/v1/admin/cache', '/health/live', '/openapi.json'])
      for (let turn = 0; turn < 3; turn += 1)
        expect(await isHot(service, () => raw(path, admin))).toBe(false);
    expect((await raw('/v1/admin/cache')).status).toBe(403);
    const path = anotherList();
    await heat(service, path);
    expect((await raw(path, {}, 'POST')).status).toBe(405);
    const withBody = { method: 'GET', headers: { 'X-API-Key': readKey, 'Content-Length': '2' }, body: '{}' };
    expect(await isHot(service, () => rawRequest(service.url, path, withBody))).toBe(false);
  });

  it('are not given to a request without Host', async () => {
    const path = anotherList();
    await heat(service, path);
    const text = `GET ${path} HTTP/1.1\r\nX-API-Key: ${readKey}\r\nConnection: close\r\n\r\n`;
    expect((await rawExchange(service.url, text)).status).toBe(400);
  });

  it('keep the order of pipelined requests', async () => {
    const path = anotherList();
    await heat(service, path);
    const one = (target: string, more = '') =>
      `GET ${target} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${readKey}\r\nIf-None-Match: *\r\n${more}\r\n`;
    const answers = await rawExchange(
      service.url,
      one(anotherList(), 'X-Request-Id: first\r\n') +
        one(path, 'X-Request-Id: second\r\n') +
        one(path, 'X-Request-Id: third\r\nConnection: close\r\n'),
    );
    expect([answers.status, answers.headers['x-request-id']]).toEqual([304, 'first']);
    expect(answers.text.match(/(?<=x-request-id: )\w+/g)).toEqual(['second', 'third']);
  });

  it('are gone as soon as a purge is answered', async () => {
    const path = anotherList();
    await heat(service, path);
    const { fetchedAt } = (await raw(path)).body;
    clock.advance(2_000);
    expect((await service.purge()).status).toBe(200);
    const after = await raw(path);
    expect(after.headers['cache-status']).toMatch(/fwd=uri-miss/);
    expect(Date.parse(after.body.fetchedAt)).toBeGreaterThanOrEqual(Date.parse(fetchedAt) + 2_000);
  });

  it('end when a list shows a newer scan of the image', async () => {
    const path = `${image}/files?${coordinates}&limit=7`;
    await heat(service, path);
    clock.advance(2 * minute);
    expect(await isHot(service, () => raw(path))).toBe(true);
    emulator.data.rescan(digest, clock.now(), { files: 'new' });
    await raw(`/v1/registry-images?name=proxy-agent&limit=200`, { 'Cache-Control': 'max-age=1' });
    expect(await isHot(service, () => raw(path))).toBe(false);
  });

  it('end when the image part changes, even if the request does not include it', async () => {
    const path = `${proxyAgent}&include=files`;
    await raw(proxyAgent);
    await heat(service, path);
    emulator.data.setScanStatus(digest, 'scanning');
    clock.advance(2 * minute);
    await raw(proxyAgent, { 'Cache-Control': 'max-age=1' });
    let merged: RawAnswer | undefined;
    expect(await isHot(service, async () => (merged = await raw(path)))).toBe(false);
    expect(merged!.body.parts.files.status).toBe('pending');
    emulator.data.setScanStatus(digest, 'success');
  });

  it('outlive the minute if a time filter ends now', async () => {
    const path = '/v1/registry-images?updatedAfter=2020-01-01T00:00:00Z&limit=2';
    clock.advance(minute - (clock.now() % minute) + 100);
    await heat(service, path);
    clock.advance(50_000);
    expect(await isHot(service, () => raw(path))).toBe(true);
    clock.advance(9_000);
    expect(await isHot(service, () => raw(path))).toBe(true);
  });

  it('are not made of partial answers', async () => {
    clock.advance(8 * 24 * 60 * minute);
    emulator.faults.schedule({ kind: 'status', status: 500, api: 'ListImageFiles' });
    for (let turn = 0; turn < 3; turn += 1)
      expect(
        await isHot(service, async () => {
          expect((await raw(proxyAgent)).body.parts.files.status).not.toBe('fresh');
        }),
      ).toBe(false);
    emulator.faults.clear();
  });

  it('stay within their share of the memory', async () => {
    const small = await startService({ emulator, clock, env: { CACHE_MEMORY: '2MiB' } });
    for (let list = 0; list < 100; list += 1) {
      const path = `/v1/registry-images?limit=100&sizeBytes=${list}`;
      await small.get(path);
      await small.get(path);
    }
    const { answers, bytes, maxBytes } = await hotState(small);
    expect([answers > 0, maxBytes]).toEqual([true, 262_144]);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    await small.close();
  });
});

describe('hot answers of a fleet', () => {
  // A slow clock: an instance has one second of this clock to acknowledge a purge.
  const clock = TestClock.slow();
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
    services = await Promise.all([1, 2].map(() => startService({ emulator, clock, redisUrl: redis.url })));
  });

  afterAll(async () => {
    await Promise.all(services.map((each) => each.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  it('are gone on all instances when one instance purges', async () => {
    const [one, other] = services as [TestService, TestService];
    for (let round = 0; round < 20; round += 1) {
      const path = anotherList();
      await heat(one, path);
      const old = await one.get(path);
      clock.advance(1);
      const { status, body } = await other.purge();
      expect([status, body.missing]).toEqual([200, []]);
      const now = await one.get(path);
      expect(Date.parse(now.body.fetchedAt)).toBeGreaterThan(Date.parse(old.body.fetchedAt));
    }
  });

  it('are gone when another instance stores a newer value', async () => {
    const [one, other] = services as [TestService, TestService];
    const path = anotherList();
    await heat(one, path);
    clock.advance(15_000);
    const newer = await other.get(path, { 'Cache-Control': 'max-age=1' });
    expect(newer.headers.get('age')).toBe('0');
    await until(async () => (await one.get(path)).body.fetchedAt === newer.body.fetchedAt);
  });

  it('are not given while Redis is away, but again afterwards', async () => {
    const [one] = services as [TestService, TestService];
    const path = anotherList();
    await heat(one, path);
    await redis.kill();
    await until(() => one.logText().includes('Redis'));
    await until(async () => !(await isHot(one, () => one.get(path))));
    expect((await one.get(path)).status).toBe(200);
    await redis.start();
    await until(() => isHot(one, () => one.get(path)));
  });
});
