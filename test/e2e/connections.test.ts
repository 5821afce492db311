// Connections as clients misuse them: bodies that never come, refusals ahead of a body, several requests at once.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.js';
import { RawConnection } from '../support/raw-connection.js';
import { adminKey, errorLines, readKey, startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const host = 'Host: x\r\n';
const key = `X-API-Key: ${readKey}\r\n`;
const json = 'Content-Type: application/json\r\n';
const batch = 'POST /v1/images/batch-get HTTP/1.1\r\n';

/** The heads of requests that are refused before their body, with the status. */
const refusals = [
  [401, `${batch}${host}${json}`],
  [403, `POST /v1/admin/cache/purge HTTP/1.1\r\n${host}${key}${json}`],
  [404, `POST /nowhere HTTP/1.1\r\n${host}${key}${json}`],
  [405, `POST /v1/registry-images HTTP/1.1\r\n${host}${key}${json}`],
  [400, `POST /v1/images/% HTTP/1.1\r\n${host}${key}${json}`],
  [415, `${batch}${host}${key}Content-Type: text/plain\r\n`],
] as const;

describe('a connection', () => {
  const edge = useEmulatedService();
  const open: RawConnection[] = [];

  async function connection(url = edge.service.url): Promise<RawConnection> {
    const opened = await RawConnection.open(url);
    open.push(opened);
    return opened;
  }

  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    expect(errorLines(edge.service)).toEqual([]);
  });

  describe('whose request does not arrive', () => {
    let hasty: TestService;

    beforeAll(async () => {
      hasty = await startService({
        emulator: edge.emulator,
        clock: edge.clock,
        env: { REQUEST_DEADLINE: '400ms' },
      });
    });
    afterAll(() => hasty.close());

    it.each([
      ['a line that never ends', 'GET /heal'],
      ['headers that never end', `GET /health HTTP/1.1\r\n${host}A: b\r\n`],
      ['a body that never comes', `${batch}${host}${key}${json}Content-Length: 20\r\n\r\n`],
      ['a body that never ends', `${batch}${host}${key}${json}Content-Length: 20\r\n\r\n{"re`],
      [
        'chunks that never end',
        `${batch}${host}${key}${json}Transfer-Encoding: chunked\r\n\r\n4\r\n{"re\r\n`,
      ],
    ])('gets a 400 for %s', async (_, text) => {
      const slow = (await connection(hasty.url)).write(text);
      const answers = await slow.ended();
      expect(answers).toHaveLength(1);
      expectProblem(answers[0]!, { status: 400, code: 'invalid-request' });
      expect(answers[0]!.body.detail).toBe('The request did not arrive in time');
      expect(slow.rest()).toBe('');
    });

    it('gets a 400 for a body of one byte at a time', async () => {
      const slow = (await connection(hasty.url)).write(
        `${batch}${host}${key}${json}Content-Length: 20000\r\n\r\n`,
      );
      const drip = setInterval(() => slow.write(' '), 50);
      const answers = await slow.ended();
      clearInterval(drip);
      expect(answers.map(({ status }) => status)).toEqual([400]);
    });

    it('closes after one answer to a request whose body never comes', async () => {
      const { emulator, clock } = edge;
      // Long enough for a head that arrives while the machine stalls.
      const service = await startService({ emulator, clock, env: { REQUEST_DEADLINE: '3s' } });
      const heads = [
        [`GET /health HTTP/1.1\r\n${host}`, 200],
        [`${batch}${host}${json}`, 401],
      ] as const;
      const expectClosed = async ([head, status]: (typeof heads)[number]) => {
        const slow = (await connection(service.url)).write(`${head}Content-Length: 20\r\n\r\n`);
        const answers = await slow.ended();
        expect(answers.map((answer) => answer.status)).toEqual([status]);
        expect(answers[0]!.headers['connection']).toBe('close');
        expect(slow.rest()).toBe('');
      };
      await Promise.all(heads.map(expectClosed));
      await service.close();
    });

    it('is closed without a word when it was never used', async () => {
      const idle = await connection(hasty.url);
      expect(await idle.ended()).toEqual([]);
      expect(idle.rest()).toBe('');
    });

    it('costs no call', () => {
      expect(edge.emulator.journal.calls()).toEqual([]);
    });
  });

  describe('with a refusal before the body', () => {
    it.each(refusals)('gets one answer, %i, for a malformed chunked body', async (status, head) => {
      for (const pieces of [
        [`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk`],
        [`${head}Transfer-Encoding: chunked\r\n\r\n`, 'zz\r\nnot a chunk'],
        [`${head}Transfer-Encoding: chunked\r\n\r\n4\r\n{"re\r\n`, 'zz\r\n', 'GET / HTTP/1.1\r\n\r\n'],
      ]) {
        const one = await connection();
        for (const piece of pieces) {
          one.write(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        const answers = await one.ended();
        expect(answers).toHaveLength(1);
        expect([status, 400]).toContain(answers[0]!.status);
        expect(answers[0]!.headers['connection']).toBe('close');
        expect(one.rest()).toBe('');
      }
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it('gets the answer of a GET although its unread chunks are malformed', async () => {
      edge.emulator.faults.schedule({ kind: 'latency', ms: 50, times: 1 });
      const one = (await connection()).write(
        `GET /v1/local-images?name=chunks HTTP/1.1\r\n${host}${key}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      );
      expect((await one.ended()).map((answer) => answer.status)).toEqual([200]);
      expect(one.rest()).toBe('');
      edge.emulator.journal.clear();
    });

    it.each(refusals)('reads no further, and still delivers the answer, %i', async (status, head) => {
      const one = await connection();
      one.write(`${head}Content-Length: 100000000\r\n\r\n`);
      const piece = Buffer.alloc(64 * 1024, 'x');
      let sent = 0;
      const push = () => {
        while (sent < 100_000_000 && !one.isClosed) {
          sent += piece.length;
          if (!one.socket.write(piece)) return void one.socket.once('drain', push);
        }
      };
      push();
      const answers = await one.ended();
      expect(answers.map((answer) => answer.status)).toEqual([status]);
      expect(one.socket.bytesWritten - one.socket.writableLength).toBeLessThan(20_000_000);
    });

    it.each(refusals)('does not ask for a body that it will refuse, %i', async (status, head) => {
      const one = await connection();
      one.write(`${head}Content-Length: 20\r\nExpect: 100-continue\r\n\r\n`);
      expect((await one.ended()).map((answer) => answer.status)).toEqual([status]);
    });
  });

  describe('that waits for 100 Continue', () => {
    const body = '{"refs":["0b08"]}';
    const expecting = (length: number) =>
      `${batch}${host}${key}${json}Content-Length: ${length}\r\nExpect: 100-Continue\r\n\r\n`;

    it('is asked for the body after its key was checked', async () => {
      const one = (await connection()).write(expecting(body.length));
      expect((await one.received(1)).map(({ status }) => status)).toEqual([100]);
      one.write(body);
      const [, answer] = await one.received(2);
      expect(answer!.body).not.toHaveProperty('errors');
      expect(answer!.status).not.toBe(400);
    });

    it('is not asked in HTTP/1.0, which knows no 100', async () => {
      const text = expecting(body.length).replace('HTTP/1.1', 'HTTP/1.0');
      const answers = await (await connection()).write(`${text}${body}`).ended();
      expect(answers.map(({ status }) => status)).toEqual([200]);
    });

    it('is not asked for a body that is too large', async () => {
      const one = (await connection()).write(expecting(300_000));
      const answers = await one.ended();
      expect(answers.map(({ status }) => status)).toEqual([413]);
      expectProblem(answers[0]!, { status: 413, code: 'payload-too-large' });
    });
  });

  describe('with several requests at once', () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}${key}\r\n`;

    it('gets the answers in the order of the requests', async () => {
      const one = (await connection()).write(
        get('/v1/local-images?name=slow') + get('/health') + get('/nowhere') + get('/v1/registry-images'),
      );
      const answers = await one.received(4);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200]);
    });

    it('gets the answer of a running request before the refusal of malformed bytes', async () => {
      edge.emulator.faults.schedule({ kind: 'latency', ms: 50, times: 1 });
      const one = (await connection()).write(`${get('/v1/local-images?name=slower')}not http\r\n\r\n`);
      const answers = await one.ended();
      expect(answers.map(({ status }) => status)).toEqual([200, 400]);
      expect(one.rest()).toBe('');
    });
  });

  describe('with a request that is none for this service', () => {
    it.each([
      [405, 'CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n'],
      [405, `TRACE /v1/registry-images HTTP/1.1\r\n${host}\r\n`],
      [404, `OPTIONS * HTTP/1.1\r\n${host}\r\n`],
      [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      [400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ])('gets a %i for %j', async (status, text) => {
      const one = (await connection()).write(Buffer.from(text, 'latin1'));
      const [answer] = await one.received(1);
      expect(answer!.status).toBe(status);
      expect(answer!.headers['content-type']).toMatch(/^application\/problem\+json/);
      if (status === 405) expect(answer!.headers['allow']).toMatch(/GET/);
    });

    it('gets no body for a malformed HEAD', async () => {
      const one = (await connection()).write(
        `HEAD /health HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n`,
      );
      await one.ended();
      expect(one.answers(['HEAD']).map(({ status }) => status)).toEqual([400]);
      expect(one.rest(['HEAD'])).toBe('');
    });

    it('is answered as if it had not asked for another protocol', async () => {
      for (const protocol of ['websocket', 'h2c', 'TLS/1.0']) {
        const upgrade = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
        const one = (await connection()).write(`GET /health HTTP/1.1\r\n${host}${upgrade}\r\n`);
        expect((await one.received(1))[0]!.status).toBe(200);
      }
    });

    it('is answered for an absolute URL, whatever its host, with a key only', async () => {
      const targets = ['http://elsewhere', 'HTTPS://x:1'];
      for (const target of targets) {
        const path = `${target}/v1/registry-images?limit=1`;
        const one = (await connection()).write(`GET ${path} HTTP/1.1\r\n${host}${key}\r\n`);
        expect((await one.received(1))[0]!.status).toBe(200);
        const other = (await connection()).write(`GET ${path} HTTP/1.1\r\n${host}\r\n`);
        expect((await other.received(1))[0]!.status).toBe(401);
      }
    });

    it('needs no Host in HTTP/1.0', async () => {
      const one = (await connection()).write('GET /health HTTP/1.0\r\n\r\n');
      expect((await one.ended()).map(({ status }) => status)).toEqual([200]);
    });
  });

  it('is treated alike on every address of localhost', async () => {
    const { emulator, clock } = edge;
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const both = await startService({
      emulator,
      clock,
      addresses,
      env: { REQUEST_DEADLINE: '3s' },
    });
    const { port } = new URL(both.url);
    const expectAlike = async (address: string) => {
      const url = `http://${address}:${port}`;
      // The second answer comes from the hot path; without Host the admission refuses.
      const get = (more: string) => `GET /v1/registry-images?limit=1 HTTP/1.1\r\n${key}${more}\r\n`;
      const one = await RawConnection.open(url);
      one
        .write(get(host))
        .write(get(host))
        .write(get(`${host}Expect: magic\r\n`))
        .write(get(''));
      expect((await one.received(4)).map(({ status }) => status)).toEqual([200, 200, 200, 400]);
      const slow = await RawConnection.open(url);
      slow.write(`${batch}${host}${key}${json}Content-Length: 20\r\n\r\n`);
      expect((await slow.ended()).map(({ status }) => status)).toEqual([400]);
      const tunnel = await RawConnection.open(url);
      tunnel.write('CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n');
      expect((await tunnel.ended()).map(({ status }) => status)).toEqual([405]);
      one.close();
    };
    await Promise.all(addresses.map(expectAlike));
    await both.close();
    for (const address of addresses)
      await expect(RawConnection.open(`http://${address}:${port}`)).rejects.toThrow('ECONNREFUSED');
  });

  describe('when the service stops', () => {
    it('is closed after a while, however slow its body or its reader', async () => {
      const stopping = await startService({ emulator: edge.emulator, clock: edge.clock });
      const slow = (await connection(stopping.url)).write(
        `POST /v1/admin/cache/purge HTTP/1.1\r\n${host}X-API-Key: ${adminKey}\r\n${json}Content-Length: 20\r\n\r\n{`,
      );
      await until(() => slow.socket.bytesWritten > 100);
      let isStopped = false;
      const stopped = stopping.close().then(() => (isStopped = true));
      await until(() => {
        edge.clock.advance(500);
        return isStopped;
      });
      await stopped;
      expect(await slow.ended()).toEqual([]);
    });
  });
});
