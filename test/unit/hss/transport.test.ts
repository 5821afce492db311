import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ConnectionLapsed, NotSent, Unavailable, UpstreamError } from '../../../src/hss/errors.js';
import type { Answer } from '../../../src/hss/answer.js';
import { Transport, type OutgoingRequest } from '../../../src/hss/transport.js';
import { ServiceStopping } from '../../../src/time/deadline.js';
import { aWhile, until } from '../../support/until.js';
import { refusingPort } from '../../support/unused-port.js';
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
    const request = { to: 'HSS', method: 'GET', url: new URL(url), headers: {}, timeoutMs: 10_000 } as const;
    return transport.send({ ...request, ...more });
  }

  async function failureOf(answer: Promise<unknown>): Promise<UpstreamError> {
    const error = await answer.then(
      () => new Error('it did not fail'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UpstreamError);
    return error as UpstreamError;
  }

  it('gives up what is under way when it closes, and sends nothing more', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests += 1;
      response.write('{');
    });
    const reasonOf = () => get(url).catch((error: unknown) => error);
    const both = [reasonOf(), reasonOf()];
    await until(() => requests === 2);
    expect(transport.close()).toBe(2);
    for (const reason of both) expect(await reason).toBeInstanceOf(ServiceStopping);
    for (const reason of both) expect(await reason).toHaveProperty('hasLeft', true);
    expect(await reasonOf()).toHaveProperty('hasLeft', false);
    expect([requests, transport.close()]).toEqual([2, 0]);
  });

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
      const server = await serve((_request, response) => void aWhile(100).then(() => response.end('1')));
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

  describe.each([200, 201, 401, 429, 502])('keeps status and headers of a %s', (status) => {
    const headers = { 'Retry-After': '7' };

    it('whose body breaks off', async () => {
      const { url } = await serve((_request, response) => {
        response.writeHead(status, { ...headers, 'Content-Length': '1000' });
        response.write('{"data_list":[', () => response.destroy());
      });
      const answer = await get(url);
      expect([answer.status, answer.header('retry-after'), answer.fault]).toEqual([status, '7', 'broke off']);
      expect(answer.json()).toBeUndefined();
    });

    it('whose body is not compressed as its header says', async () => {
      const { url } = await serve((_request, response) => {
        response.writeHead(status, { ...headers, 'Content-Encoding': 'gzip' }).end('{"plain":"text"}');
      });
      const answer = await get(url);
      expect([answer.status, answer.header('retry-after'), answer.fault]).toEqual([status, '7', 'broke off']);
    });
  });

  it('keeps the status of a failure whose body does not come in time', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(429, { 'Content-Length': '1000' }).write('{');
      // The client reads the headers between two of these steps.
      const step = setInterval(() => clock.advance(200), 2);
      response.on('close', () => clearInterval(step));
    });
    expect((await get(server.url)).status).toBe(429);
    await server.abandoned();
  });

  it('reads JSON behind a byte order mark', async () => {
    const { url } = await serve((_request, response) => response.end('\uFEFF{"a":1}'));
    expect((await get(url)).json()).toEqual({ a: 1 });
  });

  it.each([
    ['application/json; charset=GBK', Buffer.from([0x22, 0xd6, 0xd0, 0x22]), 'is in GBK and not in UTF-8'],
    [
      "application/json; Charset = 'gbk'",
      Buffer.from([0x22, 0xd6, 0xd0, 0x22]),
      'is in gbk and not in UTF-8',
    ],
    ['application/json;charset="utf-16le"', Buffer.from('"a"', 'utf16le'), 'is in utf-16le and not in UTF-8'],
    // Servers state their default charset even for JSON, which is UTF-8.
    ['application/json; charset=ISO-8859-1', Buffer.from('"中"'), null],
    ['application/json; charset=UTF-8', Buffer.from([0x22, 0xd6, 0xd0, 0x22]), null],
    ['application/json', Buffer.from('"中"'), null],
  ])('says that a body is not UTF-8: %s', async (type, body, fault) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': type }).end(body);
    });
    expect((await get(url)).fault).toBe(fault);
  });

  it.each([[true], [false]])('accepts an answer of exactly 4 MiB (gzipped: %p)', async (zipped) => {
    const body = Buffer.from(`"${'x'.repeat(4 * mib - 2)}"`);
    const { url } = await serve((_request, response) => {
      response.writeHead(200, zipped ? { 'Content-Encoding': 'gzip' } : {});
      response.end(zipped ? gzipSync(body, { level: 1 }) : body);
    });
    expect((await get(url)).json()).toHaveLength(4 * mib - 2);
  });

  it('drops the connection of an answer past 4 MiB', async () => {
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
    expect((await get(server.url)).fault).toBe('is larger than 4 MiB');
    await server.abandoned();
    expect(written).toBeLessThan(36 * mib);
  });

  it('drops the connection of a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * mib));
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      // The rest of the body never comes: only the client can end this exchange.
      response.write(bomb);
    });
    expect(bomb.length).toBeLessThan(mib);
    expect((await get(server.url)).fault).toBe('is larger than 4 MiB');
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

  it('tells a call that never left from one that did', async () => {
    const nowhere = `http://127.0.0.1:${refusingPort}`;
    expect(await failureOf(get(nowhere))).toBeInstanceOf(NotSent);
    const { url } = await serve((request) => request.socket.resetAndDestroy());
    expect((await failureOf(get(url))).constructor).toBe(Unavailable);
  });

  describe('on a connection of earlier calls', () => {
    async function failAfterUse(end: (socket: Socket) => void): Promise<UpstreamError> {
      const used = new WeakSet<Socket>();
      const { url } = await serve(({ socket }, response) => {
        if (used.has(socket)) end(socket);
        else response.end('1');
        used.add(socket);
      });
      await get(url);
      return failureOf(get(url));
    }

    it.each<[string, (socket: Socket) => void]>([
      ['reset', (socket) => socket.resetAndDestroy()],
      ['closed', (socket) => socket.destroy()],
    ])('knows that the connection had lapsed: %s', async (_, end) => {
      expect(await failAfterUse(end)).toBeInstanceOf(ConnectionLapsed);
    });

    it('does not think so when the answer had begun', async () => {
      const failure = await failAfterUse((socket) => socket.end('HTTP/1.1 200 OK\r\n'));
      expect(failure.constructor).toBe(Unavailable);
    });
  });
});
