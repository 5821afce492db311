// Requests that the framework refuses before a route sees them, and image ids that a route refuses.
import { describe, expect, it } from '@jest/globals';
import { dataRoutes } from '../support/data-routes.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgentQuery } from '../support/proxy-agent.js';
import { rawExchange, rawRequest } from '../support/raw-http.js';
import { errorLines, readKey } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const key = { 'X-API-Key': readKey };

describe('malformed input', () => {
  const edge = useEmulatedService();

  describe('a request that the framework refuses', () => {
    it.each([
      ['a malformed escape in the path', '/v1/images/%zz'],
      ['an escape that is no UTF-8 in the path', '/v1/images/%ff/files'],
      ['a malformed escape in the query', '/v1/registry-images?name=%zz'],
      ['an escape that is no UTF-8 in the query', '/v1/registry-images?name=%c3%28'],
      ['an escape that breaks off', '/v1/registry-images?name=100%'],
      ['a malformed escape where no key is needed', '/health?%zz'],
    ])('gets a problem for %s', async (_, path) => {
      const answer = await rawRequest(edge.service.url, path, { headers: key });
      expectProblem(answer, { status: 400, code: 'invalid-request' });
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it.each(['/v1', '/v1/', '/v1/nowhere', '/v2/images', '/docs/nowhere', '/docs/../package.json'])(
      'gets a 404 for %s',
      async (path) => {
        expectProblem(await rawRequest(edge.service.url, path, { headers: key }), {
          status: 404,
          code: 'not-found',
        });
        const post = { method: 'POST', headers: { ...key, 'Content-Type': 'application/json' }, body: '{' };
        expectProblem(await rawRequest(edge.service.url, path, post), { status: 404, code: 'not-found' });
      },
    );

    it.each(['/health', '/docs', '/docs/problems', '/openapi.json'])(
      'gets a 405 for POST %s',
      async (path) => {
        const answer = await edge.service.request(path, { method: 'POST' });
        expectProblem(answer, { status: 405, code: 'method-not-allowed' });
        expect(answer.headers.get('allow')).toBe('GET, HEAD');
      },
    );

    it.each(['batch-get', 'batch%2Dget', `batch-get?${proxyAgentQuery}`])(
      'gets a 405 for any method but POST at /v1/images/%s',
      async (path) => {
        for (const method of ['GET', 'DELETE', 'OPTIONS']) {
          const answer = await edge.service.request(`/v1/images/${path}`, { method, headers: key });
          expectProblem(answer, { status: 405, code: 'method-not-allowed' });
          expect([method, answer.headers.get('allow')]).toEqual([method, 'POST']);
        }
        expect(edge.emulator.journal.calls()).toEqual([]);
      },
    );

    it.each(dataRoutes)('gets a 414 for a URL that is too long at $route', async ({ path }) => {
      for (const length of [8_200, 12_000, 20_000, 100_000]) {
        const answer = await rawRequest(edge.service.url, `${path}&name=${'a'.repeat(length)}`, {
          headers: key,
        });
        expectProblem(answer, { status: 414, code: 'uri-too-long' });
      }
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it('gets a 431 for headers that are too large', async () => {
      for (const length of [20_000, 60_000]) {
        const answer = await rawRequest(edge.service.url, '/health', {
          headers: { 'X-Big': 'a'.repeat(length) },
        });
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
      ['two hosts', 'GET /health HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n'],
      ['a host with a blank', 'GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
      ['a host with a path', 'GET /health HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n'],
      ['a host with a user', 'GET /health HTTP/1.0\r\nHost: a@b:1\r\nConnection: close\r\n\r\n'],
      ['a host twice', 'GET /health HTTP/1.0\r\nHost: x\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ])('gets a problem for %s', async (_, text) => {
      expectProblem(await rawExchange(edge.service.url, text), { status: 400, code: 'invalid-request' });
    });

    it.each(['=1', '=', '%00=1', 'limit=1&=1'])('gets words about the parameter of ?%s', async (query) => {
      const answer = await edge.service.get(`/v1/images?${query}`);
      expectProblem(answer, { status: 400, code: 'invalid-request' });
      expect(answer.body.detail).toMatch(/^Invalid: \S/);
    });

    it('is read with its thousandth header', async () => {
      const others = 'a:\r\n'.repeat(1_500);
      const text = `GET /v1/me HTTP/1.1\r\n${others}Host: x\r\nX-API-Key: ${readKey}\r\nConnection: close\r\n\r\n`;
      expect(await rawExchange(edge.service.url, text)).toMatchObject({ status: 200 });
    });

    it.each(['', 'a_service.team:3000', 'A.example.', '[::1]:80', '[fe80::1%25eth0]', '127.0.0.1:'])(
      'is answered for the host %j',
      async (host) => {
        const text = `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
        expect(await rawExchange(edge.service.url, text)).toMatchObject({ status: 200 });
      },
    );

    it('is refused for a bad host although its answer is stored', async () => {
      const list = (host: string) =>
        `GET /v1/registry-images HTTP/1.1\r\nHost: ${host}\r\nX-API-Key: ${readKey}\r\nConnection: close\r\n\r\n`;
      for (let round = 0; round < 3; round += 1)
        expect(await rawExchange(edge.service.url, list('x'))).toMatchObject({ status: 200 });
      expect(await rawExchange(edge.service.url, list('x?y'))).toMatchObject({ status: 400 });
    });

    it('is answered as usual despite an unknown Expect header', async () => {
      const text =
        'GET /v1/registry-images HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n';
      expectProblem(await rawExchange(edge.service.url, text), { status: 401, code: 'unauthenticated' });
    });

    it('leaves the service healthy, with no error in the log', async () => {
      expect((await edge.service.request('/health')).status).toBe(200);
      expect(errorLines(edge.service)).toEqual([]);
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
        const path = `/v1/images/${badId}${suffix}?${proxyAgentQuery}`;
        const answer = await rawRequest(edge.service.url, path, { headers: key });
        expectProblem(answer, { status: 400, code: 'invalid-request', fields: ['imageId'] });
      }
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it.each([
      'a'.repeat(256),
      '镜'.repeat(256),
      'files',
      'local-repositories',
      '50% +&=#?;',
      'lookup2',
      '"q"',
    ])('goes to HSS as one encoded path segment: %s', async (goodId) => {
      const answer = await edge.service.get(`/v1/images/${encodeURIComponent(goodId)}/files?type=cicd`);
      expectProblem(answer, { status: 404, code: 'not-found' });
      const [call, ...others] = edge.emulator.journal.calls();
      expect(others).toEqual([]);
      expect(call).toMatchObject({ api: 'ListImageFiles', imageId: goodId, outcome: 400 });
    });

    it('may contain a space and a percent sign', async () => {
      const answer = await edge.service.get(
        `/v1/images/${encodeURIComponent('nightly 42%')}/base-os?type=cicd`,
      );
      expect(answer.status).toBe(200);
      expect(edge.emulator.journal.calls()).toMatchObject([{ imageId: 'nightly 42%', outcome: 200 }]);
    });
  });
});
