// The rules of every data route: API key, methods, headers, request id; and the routes of an admin.
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { dataRoutes } from '../support/data-routes.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { rawRequest } from '../support/raw-http.js';
import { adminKey, errorLines, readKey } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const openPaths = ['/health', '/health/live', '/health/ready', '/docs', '/docs/problems', '/openapi.json'];
const key = { 'X-API-Key': readKey };

describe('the service', () => {
  const edge = useEmulatedService();

  describe.each(dataRoutes)('$route', ({ path }) => {
    it('refuses a request without a key', async () => {
      const answer = await edge.service.request(path);
      expectProblem(answer, { status: 401, code: 'unauthenticated' });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it('refuses bad input without asking HSS, and names every field', async () => {
      const answer = await edge.service.get(`${path}&nonsense=1&enterpriseProjectId=`);
      expectProblem(answer, { status: 400, code: 'invalid-request' });
      const fields = answer.body.errors.map(({ field }: { field: string }) => field);
      expect(fields.sort()).toEqual(['enterpriseProjectId', 'nonsense']);
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
      'refuses %s like any other unknown parameter',
      async (name) => {
        const answer = await edge.service.get(`${path}&${name}=1`);
        expectProblem(answer, { status: 400, code: 'invalid-request', fields: [name] });
        expect(edge.emulator.journal.calls()).toEqual([]);
      },
    );

    it('answers with caching headers, and with 304 to a matching If-None-Match', async () => {
      // Other tests may have put the answer into the cache.
      await edge.service.purge();
      const first = await edge.service.get(path);
      expect(first.status).toBe(200);
      expect(first.headers.get('content-type')).toMatch(/^application\/json/);
      expect(first.headers.get('age')).toBe('0');
      expect(first.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
      expect(first.headers.get('cache-status')).toMatch(/^hss-bff; fwd=uri-miss; stored; ttl=\d+$/);
      const etag = first.headers.get('etag')!;
      expect(etag).toMatch(/^W\/"[^"]+"$/);
      expect(first.headers.get('vary')).toBe('Authorization, X-API-Key, Prefer, Accept-Encoding');
      expect(first.headers.get('x-content-type-options')).toBe('nosniff');

      const strong = etag.slice('W/'.length);
      for (const tags of [etag, strong, `"other", ${strong}`, `"other" ,${etag}`, '*']) {
        const again = await edge.service.get(path, { 'If-None-Match': tags });
        expect([tags, again.status, again.text]).toEqual([tags, 304, '']);
        for (const name of ['etag', 'vary', 'link', 'age', 'x-content-type-options'])
          expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
        expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
        // With If-None-Match, fetch adds no-cache by itself.
        expect(again.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=\d+; detail=ignored$/);
      }
      const other = await edge.service.get(path, { 'If-None-Match': '"other"' });
      expect([other.status, other.text]).toEqual([200, first.text]);
    });

    it('answers HEAD like GET, without the body', async () => {
      const get = await edge.service.get(path);
      const head = await edge.service.request(path, { method: 'HEAD', headers: key });
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['etag', 'content-type', 'content-length'])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      const refused = await edge.service.request(path, { method: 'HEAD' });
      expect(refused.status).toBe(401);
    });

    it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
      'refuses %s with a list of its methods, even with a malformed body',
      async (method) => {
        for (const [contentType, body] of [
          ['application/json', '{"broken'],
          ['text/xml', '<a/>'],
        ] as const) {
          const answer = await rawRequest(edge.service.url, path, {
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
      ['X-API-Key beside a Bearer of a proxy', { Authorization: 'Bearer foreign', 'X-API-Key': readKey }],
    ])('is accepted: %s', async (_, headers: Record<string, string>) => {
      const { status } = await edge.service.request(path, { headers });
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
      [
        'a wrong X-API-Key beside a right Bearer',
        { Authorization: `Bearer ${readKey}`, 'X-API-Key': 'wrong' },
      ],
      ['an empty X-API-Key beside a right Bearer', { Authorization: `Bearer ${readKey}`, 'X-API-Key': '' }],
      ['a key in a cookie', { Cookie: `X-API-Key=${readKey}` }],
    ])('is refused: %s', async (_, headers: Record<string, string>) => {
      const answer = await edge.service.request(path, { headers });
      expectProblem(answer, { status: 401, code: 'unauthenticated' });
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it('is not accepted in the query', async () => {
      const answer = await edge.service.request(`${path}&X-API-Key=${readKey}&key=${readKey}`);
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
      `/v1/images/health/files?${proxyAgentQuery}`,
      `/%761/images/${proxyAgentId}?${proxyAgentQuery}`,
    ])('is required for every spelling of a path: %s', async (spelling) => {
      const answer = await rawRequest(edge.service.url, spelling);
      expect([401, 404]).toContain(answer.status);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it.each(openPaths)('is not required at %s', async (open) => {
      const { status, headers } = await edge.service.request(open);
      expect(status).toBe(200);
      expect(headers.get('x-request-id')).not.toBeNull();
    });

    it('never appears in the log', async () => {
      await edge.service.get(`/v1/registry-images?name=${readKey}`);
      await edge.service.request('/v1/registry-images', { headers: { Authorization: `Bearer ${readKey}x` } });
      expect(edge.service.logText()).not.toContain(readKey);
    });
  });

  describe('X-Request-Id', () => {
    it.each(['a', 'A-b_c.9', 'x'.repeat(128)])('is kept when it is valid: %s', async (given) => {
      for (const path of ['/health', '/v1/registry-images', '/nowhere', '/%zz']) {
        const { headers } = await rawRequest(edge.service.url, path, { headers: { 'X-Request-Id': given } });
        expect(headers['x-request-id']).toBe(given);
      }
    });

    it.each(['', 'x'.repeat(129), 'a b', 'a,b', 'ü', '<script>', "a'b"])(
      'is replaced when it is invalid: %s',
      async (given) => {
        const { headers } = await rawRequest(edge.service.url, '/health', {
          headers: { 'X-Request-Id': given },
        });
        expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      },
    );
  });

  describe('/v1/admin/budget', () => {
    const path = '/v1/admin/budget';

    it('refuses a request without a key and a request with a read key', async () => {
      expectProblem(await edge.service.request(path), { status: 401, code: 'unauthenticated' });
      expectProblem(await edge.service.get(path), { status: 403, code: 'forbidden' });
    });

    it.each([path, '/v1/admin/cache'])('refuses unknown parameters at %s', async (route) => {
      const answer = await edge.service.request(`${route}?nonsense=1`, {
        headers: { 'X-API-Key': adminKey },
      });
      expectProblem(answer, {
        status: 400,
        code: 'invalid-request',
        fields: ['nonsense'],
      });
    });

    it('shows an admin the used calls of each API, without cache hits', async () => {
      // Every value is stale after this time, and every window of the budget is over.
      edge.clock.advance(8 * 24 * 3_600_000);
      const list = '/v1/registry-images?name=budget';
      await Promise.all([edge.service.get(list), edge.service.get(list)]);
      await edge.service.get(list);
      const answer = await edge.service.request(path, { headers: { 'X-API-Key': adminKey } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const used = answer.body.apis.map((each: { api: string; used: number }) => [each.api, each.used]);
      expect(Object.fromEntries(used as [string, number][])).toEqual({
        ListRegistryImages: 1,
        ListImageLocal: 0,
        ListImageFiles: 0,
        ListImageBasicImage: 0,
        ShowImageAssetStatistics: 0,
      });
      expect(edge.emulator.journal.calls()).toHaveLength(1);
    });
  });

  describe('a request from another origin', () => {
    it('gets no CORS header', async () => {
      const origin = { Origin: 'https://elsewhere.example', 'Access-Control-Request-Method': 'GET' };
      const answers = [
        await edge.service.get('/v1/registry-images', origin),
        await edge.service.request('/v1/registry-images', {
          method: 'OPTIONS',
          headers: { ...key, ...origin },
        }),
        await edge.service.request('/health', { headers: origin }),
      ];
      for (const { headers } of answers)
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  });

  describe('a client that disconnects', () => {
    it('causes no error, and its call serves the next request', async () => {
      const path = '/v1/local-images?name=hang-up';
      edge.emulator.faults.schedule({ kind: 'latency', ms: 50, times: 1 });
      const { hostname, port } = new URL(edge.service.url);
      const request = httpRequest({ hostname, port, path, headers: key, agent: false });
      request.on('error', () => undefined);
      request.end();
      await edge.emulator.journal.arrivals(1);
      request.destroy();
      const next = await edge.service.get(path);
      expect(next.status).toBe(200);
      expect(edge.emulator.journal.calls()).toHaveLength(1);
      expect(errorLines(edge.service)).toEqual([]);
    });
  });
});
