// Rates of consumers: requests, requests at one time, and the calls of HSS that they cause.
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls } from '../support/catalog/passing.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { RawConnection } from '../support/raw-connection.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const list = '/v1/registry-images?limit=1';
const keyOf = (id: string) => `key-of-${id}-0123456789`;

describe('a consumer with a rate', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(rates: Record<string, object>, redisUrl?: string, emulated?: Emulator, env = {}) {
    const emulator = emulated ?? (await startEmulator({ rate: 'off', totalRate: 'off' }));
    if (!emulated) closing.push(() => emulator.close());
    const entries = Object.entries(rates).map(([id, rate]) =>
      entry(id, { key: keyOf(id), scopes: ['read', 'hosts'], rate }),
    );
    const file = new MountedFile(fileOf(...entries));
    closing.push(() => file.close());
    const service = await startService({
      emulator,
      env: { CONSUMERS_FILE: file.path, ...env },
      ...(redisUrl === undefined ? {} : { redisUrl }),
    });
    closing.push(() => service.close());
    return { emulator, service };
  }
  const ask = (service: TestService, id: string, path = list) =>
    service.request(path, { headers: { 'X-API-Key': keyOf(id) } });

  it('is told what is left, and is refused over the rate', async () => {
    const { emulator, service } = await start({ a: { requests: '5/1d' }, b: { requests: '5/1d' } });
    const left: (string | null)[] = [];
    for (let request = 0; request < 5; request += 1) {
      const { status, headers } = await ask(service, 'a');
      expect([status, headers.get('ratelimit-policy')]).toEqual([200, '"requests";q=5;w=86400']);
      left.push(/r=\d+/.exec(headers.get('ratelimit') ?? '')?.[0] ?? null);
    }
    expect(left).toEqual(['r=4', 'r=3', 'r=2', 'r=1', 'r=0']);
    const calls = emulator.journal.calls().length;
    for (const path of [list, '/v1/registry-images?limit=2']) {
      const refused = await ask(service, 'a', path);
      expectProblem(refused, { status: 429, code: 'rate-limited' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
      expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=8\d{4}$/);
    }
    expect(emulator.journal.calls()).toHaveLength(calls);
    expect((await ask(service, 'b')).status).toBe(200);
    // Others have no rate, and no headers about one.
    const { status, headers } = await service.get(list);
    expect([status, headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([200, null, null]);
  });

  it('gets its answer before the refusal of what follows on the connection', async () => {
    const { service } = await start({ a: { requests: '50/1d' } });
    for (let request = 0; request < 3; request += 1) await ask(service, 'a');
    const connection = await RawConnection.open(service.url);
    connection.write(`GET ${list} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${keyOf('a')}\r\n\r\nGARBAGE\r\n\r\n`);
    expect((await connection.ended()).map(({ status }) => status)).toEqual([200, 400]);
  });

  it('has only so many requests at one time', async () => {
    const { emulator, service } = await start({ a: { concurrent: 2 } }, undefined, undefined, longCalls);
    emulator.faults.schedule({ kind: 'latency', ms: 3_600_000 });
    const slow = [1, 2].map((limit) => ask(service, 'a', `/v1/registry-images?name=slow-${limit}`));
    await emulator.journal.arrivals(1);
    await until(async () => (await ask(service, 'a')).status === 429);
    const refused = await ask(service, 'a');
    expectProblem(refused, { status: 429, code: 'rate-limited' });
    expect(refused.headers.get('retry-after')).toBe('1');
    emulator.faults.clear();
    // Until HSS has accepted the credential, the service makes one call at a time.
    emulator.endDelays();
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    await until(async () => (await ask(service, 'a')).status === 200);
  });

  describe('of calls of HSS', () => {
    it('pays for loads that it starts, not for those that it joins', async () => {
      const { emulator, service } = await start({ a: { upstream: '2/1d' } });
      const same = await Promise.all(Array.from({ length: 20 }, () => ask(service, 'a')));
      expect(new Set(same.map(({ status }) => status))).toEqual(new Set([200]));
      const byOther = '/v1/registry-images?name=other';
      await service.get(byOther);
      expect((await ask(service, 'a', byOther)).status).toBe(200);
      expect((await ask(service, 'a', '/v1/registry-images?name=mine')).status).toBe(200);
      expect(emulator.journal.calls()).toHaveLength(3);
      const refused = await ask(service, 'a', '/v1/registry-images?name=third');
      expectProblem(refused, { status: 429, code: 'rate-limited' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
      expect((await ask(service, 'a')).status).toBe(200);
      expect(emulator.journal.calls()).toHaveLength(3);
    });

    it('gets a failed part where the rate is used up', async () => {
      const { emulator, service } = await start({ a: { upstream: '1/1d' } });
      const { status, body } = await ask(service, 'a', `${proxyAgent}&include=baseOs,files`);
      expect(status).toBe(200);
      const parts = Object.values(body.parts as Record<string, { status: string; error?: { code: string } }>);
      expect(parts.map(({ status: each }) => each).sort()).toEqual(['failed', 'fresh']);
      expect(parts.flatMap(({ error }) => error?.code ?? [])).toEqual(['rate-limited']);
      expect(emulator.journal.calls()).toHaveLength(1);
    });

    it('does not drag down another consumer that waits for the same data', async () => {
      const { emulator, service } = await start({ a: { upstream: '1/1d' } });
      await ask(service, 'a', '/v1/registry-images?name=paid');
      const path = '/v1/registry-images?name=wanted';
      const [refused, ...others] = await Promise.all([
        ask(service, 'a', path),
        service.get(path),
        service.get(path),
      ]);
      expect(others.map(({ status }) => status)).toEqual([200, 200]);
      // Its request can also have come after the load of the others had begun.
      expect([200, 429]).toContain(refused.status);
      expect(emulator.journal.calls()).toHaveLength(2);
    });

    it('shares the rate with all instances through Redis', async () => {
      const redis = await startRedis();
      closing.push(() => redis.stop());
      const { emulator, service: one } = await start({ a: { upstream: '2/1d' } }, redis.url);
      const { service: two } = await start({ a: { upstream: '2/1d' } }, redis.url, emulator);
      for (const name of ['x', 'y'])
        expect((await ask(one, 'a', `/v1/registry-images?name=${name}`)).status).toBe(200);
      let tried = 0;
      // The other instance learns of it with its first call, which may still leave.
      await until(async () => {
        tried += 1;
        return (await ask(two, 'a', `/v1/registry-images?name=tried-${tried}`)).status === 429;
      });
      expect(tried).toBeLessThanOrEqual(3);
      await redis.stop();
      expect((await ask(two, 'a', '/v1/registry-images?name=away')).status).toBe(429);
    });
  });

  it('shares the rate of requests among live instances', async () => {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    const rates = { a: { requests: '10/1d' } };
    const { emulator, service } = await start(rates, redis.url);
    await start(rates, redis.url, emulator);
    await until(
      async () =>
        (await ask(service, 'a', '/v1/me')).headers.get('ratelimit-policy') === '"requests";q=5;w=86400',
    );
  });

  it('sees at /v1/me what is left', async () => {
    const { service } = await start({ a: { requests: '9/1d', concurrent: 4, upstream: '3/1h' } });
    await ask(service, 'a');
    const { rate } = (await ask(service, 'a', '/v1/me')).body;
    expect(rate).toMatchObject({
      requests: { limit: 9, windowSeconds: 86_400, remaining: 7 },
      concurrent: { limit: 4, running: 1 },
      upstream: { limit: 3, windowSeconds: 3_600, remaining: 2 },
    });
    expect((await service.get('/v1/me')).body.rate).toEqual({
      requests: null,
      concurrent: null,
      upstream: null,
    });
  });
});
