// Two ways to run the service: behind a path of a proxy, and as the demo.
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { createApp } from '../../src/app.setup.js';
import { readConfig } from '../../src/config/config.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { rawExchange, rawRequest } from '../support/raw-http.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

describe('the service', () => {
  const edge = useEmulatedService();

  describe('PUBLIC_BASE_PATH', () => {
    let mounted: TestService;

    beforeAll(async () => {
      mounted = await startService({
        emulator: edge.emulator,
        clock: edge.clock,
        env: { PUBLIC_BASE_PATH: '/security/hss' },
      });
    });
    afterAll(() => mounted.close());

    it('is part of every link', async () => {
      const list = await mounted.get('/v1/registry-images?limit=1');
      expect(list.body.next).toMatch(/^\/security\/hss\/v1\/registry-images\?limit=1&offset=1&/);
      const files = await mounted.get(`/v1/images/${proxyAgentId}/files?${proxyAgentQuery}`);
      expect(files.body.next).toMatch(/^\/security\/hss\/v1\/images\/sha256%3A0b08/);
      const merged = await mounted.get(`/v1/images/${proxyAgentId}?${proxyAgentQuery}`);
      expect(merged.body.files.next).toMatch(/^\/security\/hss\/v1\/images\/sha256%3A0b08/);
    });

    it.each(['/v1/registry-images?limit=1', '/health', '/docs', '/openapi.json', '/nowhere'])(
      'may be in front of %s or not',
      async (path) => {
        for (const [method, headers] of [
          ['GET', { 'X-API-Key': readKey }],
          ['GET', {}],
          ['DELETE', { 'X-API-Key': readKey }],
        ] as const) {
          const [bare, ...based] = await Promise.all(
            [path, `/security/hss${path}`, `http://x/security/hss${path}`].map((each) =>
              rawRequest(mounted.url, each, { method, headers }),
            ),
          );
          for (const { status, body } of based)
            expect([status, body?.code]).toEqual([bare!.status, bare!.body?.code]);
        }
      },
    );

    it.each([
      ['/security/hss', 200],
      ['/security/hss/', 200],
      ['/security/hss?x', 200],
      ['/security/hssx/health', 404],
      ['/security/hss/security/hss/health', 404],
      ['/security/hss/%zz', 400],
      ['/security/hss%2Fhealth', 404],
    ])('is cut off once and as a whole: %s', async (path, status) => {
      expect((await rawRequest(mounted.url, path)).status).toBe(status);
    });

    it('may be a path of the service itself', async () => {
      const odd = await startService({
        emulator: edge.emulator,
        clock: edge.clock,
        env: { PUBLIC_BASE_PATH: '/v1' },
      });
      for (const path of ['/v1/registry-images?limit=1', '/v1/v1/registry-images?limit=1', '/v1/health'])
        expect([path, (await odd.get(path)).status]).toEqual([path, 200]);
      await odd.close();
    });

    it('is part of the type of every problem', async () => {
      const problems = [
        await mounted.request('/v1/registry-images'),
        await mounted.request('/nowhere'),
        await rawRequest(mounted.url, '/v1/images/%zz'),
        await rawExchange(mounted.url, 'HELO\r\n\r\n'),
      ];
      for (const { body } of problems) expect(body.type).toBe(`/security/hss/docs/problems#${body.code}`);
    });

    it('is part of the links of the docs', async () => {
      const { text: page } = await mounted.request('/docs');
      const links = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, link]) => link!);
      expect(links.length).toBeGreaterThanOrEqual(8);
      for (const link of links) {
        expect(link).toMatch(/^\/security\/hss\/(docs|openapi\.json)/);
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
      const { region, projectId, credentials } = edge.emulator;
      const { ak, sk } = credentials;
      const hss = {
        endpoint: edge.emulator.url,
        iamEndpoint: edge.emulator.url,
        region,
        projectId,
        enterpriseProjectId: 'all_granted_eps',
        auth: { kind: 'aksk', ak, sk } as const,
        timeoutMs: 10_000,
      };
      const log = pino({ enabled: false });
      demo = await createApp({
        config: { ...config, hss },
        clock: edge.clock,
        log,
        hitLog: log,
        demoKey,
      });
      await demo.listen(0, '127.0.0.1');
      url = await demo.getUrl();
    });
    afterAll(() => demo.close());

    it('works from this machine, and every answer is marked as demo data', async () => {
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
      // A test cannot connect from another machine: the test sets the address of the peer.
      const server: Server = demo.getHttpServer();
      server.prependOnceListener('connection', (socket) =>
        Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress }),
      );
      const answer = await rawRequest(url, '/v1/registry-images?limit=1', {
        headers: { 'X-API-Key': demoKey },
      });
      expect(answer.status).toBe(status);
    });

    it('does not exist without the demo', async () => {
      const answer = await edge.service.request('/v1/registry-images', { headers: { 'X-API-Key': demoKey } });
      expectProblem(answer, { status: 401, code: 'unauthenticated' });
      expect(answer.headers.get('x-demo-data')).toBeNull();
    });
  });
});
