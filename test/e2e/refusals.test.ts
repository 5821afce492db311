// Wrong keys, whose address counts, pages of other origins, and what the audit tells.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep } from '../support/catalog.js';
import { entry, fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { rawRequest } from '../support/raw-http.js';
import { adminKey, readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const list = '/v1/registry-images?limit=1';
const key = 'key-of-a-consumer-0123456789';
const page = 'https://app.example';

describe('a request that is refused', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;
  let file: MountedFile;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
    file = new MountedFile(fileOf(entry('plain', { key, scopes: ['read', 'export'] })));
  });
  beforeEach(async () => {
    if (service as TestService | undefined) await service.close();
    const env = {
      CONSUMERS_FILE: file.path,
      AUTH_FAILURES: '3/1h',
      TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8',
      CORS_ORIGINS: `${page},http://localhost:5173`,
    };
    service = await startService({ emulator, clock, env });
    emulator.journal.clear();
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
    file.close();
  });

  const ask = (headers: Record<string, string>, path = list, method = 'GET') =>
    service.request(path, { method, headers });
  const from = async (address: string, given: string) =>
    (await ask({ 'X-API-Key': given, 'X-Forwarded-For': address })).status;
  const audited = () =>
    service
      .logText()
      .split('\n')
      .filter((line) => line.includes('"audit"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  describe('for a wrong key', () => {
    it('is a 429 over the rate, while a right key is let in', async () => {
      const statuses: number[] = [];
      for (let at = 0; at < 5; at += 1) statuses.push(await from('192.0.2.1', `wrong-${at}`));
      expect(statuses).toEqual([401, 401, 401, 429, 429]);
      const refused = await ask({ Authorization: 'Bearer wrong-6', 'X-Forwarded-For': '192.0.2.1' });
      expectProblem(refused, { status: 429, code: 'rate-limited' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
      expect(await from('192.0.2.1', readKey)).toBe(200);
      expect([await from('192.0.2.1', 'other-1'), await from('192.0.2.2', 'wrong-1')]).toEqual([401, 401]);
      expect((await ask({ 'X-Forwarded-For': '192.0.2.1' })).status).toBe(401);
    });

    it.each([
      ['the last address that is no proxy', ['198.51.100.1, 192.0.2.3, 10.1.1.1', '192.0.2.3']],
      ['one client of IPv6, whatever its host part', ['2001:db8:0:1::5', '2001:db8:0:1:ffff::6']],
    ])('counts %s', async (_what, [one = '', other = '']) => {
      for (let at = 0; at < 3; at += 1) expect(await from(one, 'wrong')).toBe(401);
      expect(await from(other, 'wrong')).toBe(429);
    });

    it('has one audit line a minute, with a count and without the key', async () => {
      for (let at = 0; at < 3; at += 1) await from('192.0.2.1', `wrong-${at}`);
      clock.advance(60_000);
      await from('192.0.2.1', 'wrong-3');
      const lines = audited().filter(({ status }) => status === 401);
      expect(lines.map(({ count, address, prefix }) => [count, address, prefix])).toEqual([
        [1, '192.0.2.1', 'wr'],
        [3, '192.0.2.1', 'wr'],
      ]);
      expect(service.logText()).not.toContain('wrong-');
    });
  });

  it('has an audit line, like an export and an admin action', async () => {
    const { status } = await ask({ 'X-API-Key': key }, '/v1/hosts');
    await ask({ 'X-API-Key': key }, '/v1/catalog/export');
    await service.request('/v1/admin/cache/purge', {
      method: 'POST',
      headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'k' }),
    });
    await ask({ 'X-API-Key': key });
    expect(status).toBe(403);
    const who = { consumer: 'plain', keyId: sha256(key).slice(0, 8), address: '127.0.0.1' };
    expect(audited()).toMatchObject([
      { audit: 'refusal', ...who, method: 'GET', route: '/v1/hosts', status: 403 },
      { audit: 'export', ...who, route: '/v1/catalog/export' },
      { audit: 'admin', consumer: 'operator', route: '/v1/admin/cache/purge', status: 200 },
    ]);
  });

  describe('by CORS', () => {
    const cors = (headers: Headers) =>
      [...headers.keys()].filter((name) => name.startsWith('access-control')).sort();
    const preflight = (path: string, origin = page) =>
      ask({ Origin: origin, 'Access-Control-Request-Method': 'GET' }, path, 'OPTIONS');

    it('answers a preflight of an allowed page without a key', async () => {
      const { status, headers, text } = await preflight(list);
      expect([status, text]).toEqual([204, '']);
      expect(headers.get('access-control-allow-origin')).toBe(page);
      expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD');
      expect(headers.get('access-control-allow-headers')).toContain('X-API-Key');
      expect(headers.get('vary')).toContain('Origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(emulator.journal.calls()).toEqual([]);
    });

    it.each([
      ['another page', list, 'https://elsewhere.example'],
      ['a page of another port', list, `${page}:8443`],
      ['no page', list, 'null'],
      ['an admin route', '/v1/admin/cache', page],
      ['an admin route in other letters', '/v1/%61dmin/cache', page],
    ])('gives nothing to %s', async (_what, path, origin) => {
      const answers = [
        await preflight(path, origin),
        await ask({ 'X-API-Key': adminKey, Origin: origin }, path),
      ];
      for (const { headers } of answers) expect(cors(headers)).toEqual([]);
    });

    it('lets the page read answers, stored ones and errors too', async () => {
      for (let round = 0; round < 3; round += 1) {
        const answer = await rawRequest(service.url, list, { headers: { 'X-API-Key': key, Origin: page } });
        expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, page]);
        expect(answer.headers['access-control-expose-headers']).toMatch(/ETag.*Retry-After.*RateLimit/);
        expect(answer.headers['vary']).toContain('Origin');
      }
      // A cache must know that the answer to a page is another one.
      const plain = await rawRequest(service.url, list, { headers: { 'X-API-Key': key } });
      expect(plain.headers['vary']).toContain('Origin');
      await applyStep(service, { images: [], readAt: 0 });
      const head = await ask({ 'X-API-Key': key, Origin: page }, '/v1/catalog/export', 'HEAD');
      expect([head.status, head.headers.get('vary')]).toEqual([200, expect.stringContaining('Origin')]);
      const refused = await ask({ Origin: page });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, page]);
    });
  });
});
