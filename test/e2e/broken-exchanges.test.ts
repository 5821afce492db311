// Calls to HSS whose connection breaks: what each costs the budget, and what the consumer is told.
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startEmulator } from '../../emulator/emulator.js';
import { selfSigned } from '../support/certificate.js';
import { adminKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { refusingPort } from '../support/unused-port.js';
import { startUpstream, type UpstreamServer } from '../support/upstream-server.js';
import { until } from '../support/until.js';

const emptyList = '{"total_num":0,"data_list":[]}';

describe('a call to HSS', () => {
  const closing: (() => unknown)[] = [];
  let lists = 0;
  let clock: TestClock;

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function serve(endpoint: string): Promise<TestService> {
    clock = TestClock.still();
    const emulator = await startEmulator();
    closing.push(() => emulator.close());
    const service = await startService({
      emulator,
      clock,
      env: { HSS_ENDPOINT: endpoint, HSS_RATE: '50/60s' },
    });
    closing.push(() => service.close());
    return service;
  }

  async function serveUpstream(listener: RequestListener): Promise<[TestService, UpstreamServer]> {
    const upstream = await startUpstream(listener);
    closing.push(() => upstream.close());
    return [await serve(upstream.url), upstream];
  }

  async function listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  /** Asks for a list that is not in the cache. Moves the clock over the pause before a repetition. */
  async function askCold(service: TestService): Promise<TestAnswer> {
    const progress = { isDone: false };
    const answer = service
      .get(`/v1/registry-images?name=cold-${(lists += 1)}`)
      .finally(() => (progress.isDone = true));
    await until(() => {
      if (!progress.isDone) clock.advance(25);
      return progress.isDone;
    });
    return answer;
  }

  async function budgetOf(service: TestService): Promise<{ used: number; breaker: { state: string } }> {
    const { body } = await service.request('/v1/admin/budget', { headers: { 'X-API-Key': adminKey } });
    const { apis } = body as { apis: { api: string; used: number; breaker: { state: string } }[] };
    return apis.find(({ api }) => api === 'ListRegistryImages')!;
  }

  describe('that never left', () => {
    const unreachable: Record<string, () => Promise<string>> = {
      'whose connection is refused': () => Promise.resolve(`http://127.0.0.1:${refusingPort}`),
      'whose TLS handshake breaks off': async () => {
        const server = createTcpServer((socket) => {
          socket.on('error', () => undefined);
          socket.once('data', () => socket.destroy());
        });
        return `https://127.0.0.1:${await listen(server)}`;
      },
      'whose certificate is not trusted': async () => {
        const { certificate: cert, key } = selfSigned();
        return `https://127.0.0.1:${await listen(createTlsServer({ cert, key }))}`;
      },
    };

    it.each(Object.entries(unreachable))('costs no slot and opens the breaker: %s', async (_, endpoint) => {
      const service = await serve(await endpoint());
      for (let call = 0; call < 3; call += 1) expect((await askCold(service)).status).toBe(503);
      expect(await budgetOf(service)).toMatchObject({ used: 0, breaker: { state: 'open' } });
    });

    it('says that the certificate is not trusted, and is not repeated', async () => {
      const { certificate: cert, key } = selfSigned();
      let requests = 0;
      const server = createTlsServer({ cert, key }, () => (requests += 1));
      let connections = 0;
      server.on('connection', () => (connections += 1));
      const service = await serve(`https://127.0.0.1:${await listen(server)}`);
      const { body } = await askCold(service);
      const words = 'The certificate of HSS is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)';
      expect(body).toMatchObject({ status: 503, code: 'upstream-unavailable', detail: words });
      expect(service.logText()).toContain(words);
      expect({ requests, connections }).toEqual({ requests: 0, connections: 1 });
    });
  });

  describe('on a connection that was idle', () => {
    /** Answers the first request of each connection and breaks the connection at the second. */
    function answerOnce(): RequestListener {
      const used = new WeakSet<Socket>();
      return ({ socket }, response) => {
        if (used.has(socket)) socket.resetAndDestroy();
        else response.end(emptyList);
        used.add(socket);
      };
    }

    it('is repeated at once when HSS closes the connection', async () => {
      const [service, upstream] = await serveUpstream(answerOnce());
      const statuses: number[] = [];
      // The clock stands still, so no pause before a repetition would end.
      for (let call = 0; call < 6; call += 1)
        statuses.push((await service.get(`/v1/registry-images?name=idle-${call}`)).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
      // Each repetition has a slot of its own, since HSS may have counted the call before.
      expect(await budgetOf(service)).toMatchObject({ used: upstream.requests.length });
      expect(upstream.requests).toHaveLength(11);
    });
  });
});
