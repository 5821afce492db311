// What the service sends for the console, and to whom it tells the key of the demo.
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { rawRequest } from '../support/raw-http.js';
import { adminKey, startService, type TestService } from '../support/service.js';

describe('the console of the service', () => {
  let emulator: Emulator;
  let service: TestService;

  async function start(options: Omit<Parameters<typeof startService>[0], 'emulator'> = {}): Promise<void> {
    emulator = await startEmulator({ rate: 'off', registryImages: 5, localImages: 5 });
    service = await startService({ emulator, ...options });
  }

  afterEach(async () => {
    await service.close();
    await emulator.close();
  });

  const pages = ['', '/', '/images', '/images/sha256:abc', '/hosts', '/hosts/h%2F1', '/operate'];

  describe('the pages', () => {
    it('need no key, allow nothing from elsewhere, and may stand in no frame', async () => {
      await start();
      for (const page of pages) {
        const answer = await fetch(`${service.url}/console${page}`);
        expect([page, answer.status, answer.headers.get('content-type')]).toEqual([
          page,
          200,
          'text/html; charset=utf-8',
        ]);
        const policy = answer.headers.get('content-security-policy') ?? '';
        expect(policy).toMatch(
          /^default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';/,
        );
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain('unsafe');
        expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await answer.text()).not.toMatch(/<script>|<style|style=| on\w+=/);
      }
      expect((await fetch(`${service.url}/console/elsewhere`)).status).toBe(404);
    });

    it('lead to files with hashed names, which a browser keeps', async () => {
      await start({ env: { PUBLIC_BASE_PATH: '/bff' } });
      const document = await (await fetch(`${service.url}/bff/console/images/x`)).text();
      const files = [...document.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
      expect(files.length).toBeGreaterThanOrEqual(2);
      for (const file of files) {
        expect(file).toMatch(/^\/bff\/console\/assets\/[\w-]+-[\w-]{8}\.(js|css)$/);
        const answer = await fetch(service.url + file, { headers: { 'accept-encoding': 'gzip' } });
        expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'gzip']);
        expect(answer.headers.get('cache-control')).toContain('immutable');
      }
    });

    it('are not there with CONSOLE=off', async () => {
      await start({ env: { CONSOLE: 'off' } });
      for (const page of pages) expect((await fetch(`${service.url}/console${page}`)).status).toBe(404);
    });
  });

  describe('the key of the demo', () => {
    const demoKey = 'demo-0123456789abcdef01234567';

    it.each([
      ['localhost', {}, 200],
      ['127.0.0.1', {}, 200],
      ['[::1]', {}, 200],
      ['LOCALHOST:3000', {}, 200],
      ['evil.example', {}, 404],
      ['localhost.evil.example', {}, 404],
      ['127.0.0.1.evil.example', {}, 404],
      ['localhost', { 'X-Forwarded-For': '10.0.0.1' }, 404],
      ['localhost', { Forwarded: 'for=10.0.0.1' }, 404],
    ])('for Host %s with %j is a %i', async (host, headers, status) => {
      await start({ demoKey });
      const answer = await rawRequest(service.url, '/console/demo-key', {
        headers: { Host: host, ...headers },
      });
      expect(answer.status).toBe(status);
      expect(answer.text.includes(demoKey)).toBe(status === 200);
      expect((await (await fetch(`${service.url}/console`)).text()).includes(demoKey)).toBe(false);
    });

    it('is told by no other service', async () => {
      await start();
      expect((await fetch(`${service.url}/console/demo-key`)).status).toBe(404);
    });
  });

  describe('a purge that a browser sends', () => {
    it.each([
      [{}, 200],
      [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'http://anything' }, 200],
      [{ 'Sec-Fetch-Site': 'none' }, 200],
      [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
      [{ 'Sec-Fetch-Site': 'same-site' }, 403],
      [{ Origin: 'http://bff.example', Host: 'bff.example' }, 200],
      [{ Origin: 'http://evil.example', Host: 'bff.example' }, 403],
      [{ Origin: 'null', Host: 'bff.example' }, 403],
    ])('with %j is a %i', async (headers, status) => {
      await start();
      const sent = {
        Host: 'bff.example',
        'X-API-Key': adminKey,
        'Content-Type': 'application/json',
        ...headers,
      };
      const body = '{"tag":"list:image-files"}';
      const answer = await rawRequest(service.url, '/v1/admin/cache/purge', {
        method: 'POST',
        headers: sent,
        body,
      });
      expect(answer.status).toBe(status);
    });
  });
});
