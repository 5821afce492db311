import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { UpstreamError } from '../../../src/hss/errors.js';
import { Transport, type Answer, type OutgoingRequest } from '../../../src/hss/transport.js';
import { unusedPort } from '../../support/unused-port.js';
import { TestClock } from '../../support/test-clock.js';
import { startUpstream, type UpstreamServer } from '../../support/upstream-server.js';

const mib = 1024 * 1024;

describe('the transport', () => {
  let clock: TestClock;
  let transport: Transport;
  let upstream: UpstreamServer | undefined;

  beforeEach(() => {
    clock = TestClock.still();
    transport = new Transport(clock);
  });

  afterEach(async () => {
    transport.close();
    await upstream?.close();
    upstream = undefined;
    expect(clock.pendingTimers).toBe(0);
  });

  async function serve(listener: RequestListener): Promise<UpstreamServer> {
    return (upstream = await startUpstream(listener));
  }

  function get(url: string, more: Partial<OutgoingRequest> = {}): Promise<Answer> {
    return transport.send({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: 10_000, ...more });
  }

  async function failureOf(answer: Promise<unknown>): Promise<UpstreamError> {
    const error = await answer.then(
      () => new Error('it did not fail'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UpstreamError);
    return error as UpstreamError;
  }

  it('returns status, headers and parsed body for any status', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(418, { 'X-Request-Id': 'abc' }).end('{"id":9007199254740993}');
    });
    const answer = await get(url);
    expect(answer.status).toBe(418);
    expect(answer.header('x-request-id')).toBe('abc');
    expect(answer.header('x-other')).toBeNull();
    expect(answer.json()).toEqual({ id: 9007199254740993n });
  });

  describe('with connections that are closed when idle', () => {
    beforeEach(() => {
      transport.close();
      transport = new Transport(clock, 20);
    });

    it('opens another connection for a call after the pause', async () => {
      const server = await serve((_request, response) => response.end('1'));
      expect((await get(server.url)).json()).toBe(1);
      await server.abandoned();
      expect((await get(server.url)).json()).toBe(1);
      expect(server.connections).toHaveLength(2);
    });

    it('lets HSS take longer for an answer than a connection may be idle', async () => {
      const server = await serve((_request, response) => void setTimeout(() => response.end('1'), 100));
      expect((await get(server.url)).json()).toBe(1);
      expect(server.connections).toHaveLength(1);
    });
  });

  it.each(['', '<html></html>', '{"a":', 'null x'])('returns no JSON for %j', async (body) => {
    const { url } = await serve((_request, response) => response.end(body));
    expect((await get(url)).json()).toBeUndefined();
  });

  it('sends method, headers and body as given', async () => {
    const received: string[] = [];
    const server = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(chunk.toString()));
      request.on('end', () => response.end('{}'));
    });
    await get(`${server.url}/v3/auth/tokens?nocatalog=true`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'token' },
      body: '{"auth":{"ü":1}}',
    });
    expect(received.join('')).toBe('{"auth":{"ü":1}}');
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v3/auth/tokens?nocatalog=true' });
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-auth-token': 'token',
      'accept-encoding': expect.stringContaining('gzip'),
    });
  });

  it('reuses one connection for successive calls', async () => {
    const server = await serve((_request, response) => response.end('{}'));
    for (let call = 0; call < 5; call += 1) await get(server.url);
    expect(server.requests).toHaveLength(5);
    expect(server.connections).toHaveLength(1);
  });

  it('reads a token of 32,768 characters from a header', async () => {
    const token = 'M'.repeat(32_768);
    const { url } = await serve((_request, response) => {
      response.writeHead(201, { 'X-Subject-Token': token }).end('{}');
    });
    expect((await get(url)).header('x-subject-token')).toBe(token);
  });

  it('gives up on headers that do not end', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'X-Long': 'x'.repeat(100_000) }).end('{}');
    });
    expect((await failureOf(get(url))).code).toBe('upstream-unavailable');
  });

  it('follows no redirect, which would carry the credential along', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect((await get(server.url, { headers: { 'X-Auth-Token': 'token' } })).status).toBe(302);
    expect(server.requests).toHaveLength(1);
  });

  it('reads a gzipped answer', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('{"a":"中"}'));
    });
    expect((await get(url)).json()).toEqual({ a: '中' });
  });

  it('returns no JSON for a truncated gzip on a cleanly closed connection', async () => {
    const whole = gzipSync(JSON.stringify({ rows: Array.from({ length: 1_000 }, (_, id) => ({ id })) }));
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(whole.subarray(0, whole.length / 2));
    });
    expect((await get(url)).json()).toBeUndefined();
  });

  it.each([
    [200, 'upstream-invalid-response'],
    [400, 'upstream-invalid-response'],
    [502, 'upstream-unavailable'],
  ])('reports a body that breaks off under a %s as %s', async (status, code) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status, { 'Content-Length': '1000' });
      response.write('{"data_list":[', () => response.destroy());
    });
    expect((await failureOf(get(url))).code).toBe(code);
  });

  it.each([[true], [false]])('accepts an answer of exactly 32 MiB (gzipped: %p)', async (zipped) => {
    const body = Buffer.from(`"${'x'.repeat(32 * mib - 2)}"`);
    const { url } = await serve((_request, response) => {
      response.writeHead(200, zipped ? { 'Content-Encoding': 'gzip' } : {});
      response.end(zipped ? gzipSync(body, { level: 1 }) : body);
    });
    expect((await get(url)).json()).toHaveLength(32 * mib - 2);
  });

  it('drops the connection of an answer past 32 MiB', async () => {
    let written = 0;
    const server = await serve((_request, response) => {
      const chunk = Buffer.alloc(mib, ' ');
      const more = () => {
        while (!response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on('drain', more);
      more();
    });
    expect((await failureOf(get(server.url))).code).toBe('upstream-invalid-response');
    await server.abandoned();
    expect(written).toBeLessThan(64 * mib);
  });

  it('drops the connection of a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mib));
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      // The rest of the body never comes: only the client can end this exchange.
      response.write(bomb);
    });
    expect(bomb.length).toBeLessThan(mib);
    expect((await failureOf(get(server.url))).code).toBe('upstream-invalid-response');
    await server.abandoned();
  });

  it('bounds the total time of a dripping answer', async () => {
    let drips = 0;
    const server = await serve((_request, response) => {
      response.writeHead(200);
      response.write('{');
      const drip = setInterval(() => {
        drips += 1;
        response.write(' ');
        clock.advance(1_000);
      }, 5);
      response.on('close', () => clearInterval(drip));
    });
    const failure = failureOf(get(server.url, { timeoutMs: 10_000 }));
    expect(await failure).toMatchObject({ code: 'upstream-unavailable', upstream: null });
    expect(drips).toBeGreaterThanOrEqual(10);
    await server.abandoned();
  });

  it('bounds the time of an upstream that accepts and never answers', async () => {
    const server = await serve(() => clock.advance(10_000));
    const failure = await failureOf(get(server.url));
    expect(failure.code).toBe('upstream-unavailable');
    expect(failure.retryAt).toBeGreaterThan(clock.now());
    await server.abandoned();
  });

  it('reports a refused connection and a reset as unavailable', async () => {
    const nowhere = `http://127.0.0.1:${await unusedPort()}`;
    expect((await failureOf(get(nowhere))).code).toBe('upstream-unavailable');
    const { url } = await serve((request) => request.socket.resetAndDestroy());
    expect((await failureOf(get(url))).code).toBe('upstream-unavailable');
  });

  it("drops the connection on abort and rejects with the caller's reason", async () => {
    const leaving = new AbortController();
    const reason = new Error('the caller left');
    const server = await serve((_request, response) => {
      response.write('{');
      leaving.abort(reason);
    });
    await expect(get(server.url, { signal: leaving.signal })).rejects.toBe(reason);
    await server.abandoned();
    await expect(get(server.url, { signal: leaving.signal })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });
});
