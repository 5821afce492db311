// The end of the built service as a process: exit codes, signals and rolling restarts. shutdown.test.ts has the answers.
import { describe, expect } from '@jest/globals';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { startEmulator } from '../../emulator/emulator.js';
import { expectProblem } from '../support/expect-problem.js';
import { startFollowingBalancer } from '../support/following-balancer.js';
import { aksk, hssSettings, isRefused, itRuns, listening, main } from '../support/processes.js';
import { RawConnection } from '../support/raw-connection.js';
import { adminKey, readKey } from '../support/service.js';
import { startRedis } from '../support/redis-server.js';
import { unusedPort } from '../support/unused-port.js';
import { until } from '../support/until.js';
import { startUpstream } from '../support/upstream-server.js';

/** A module that sends SIGTERM to the own process as soon as there is a handler for it. */
const signalAtOnce = `data:text/javascript,${encodeURIComponent(`
  process.on('newListener', (event) => {
    if (event === 'SIGTERM') setImmediate(() => process.kill(process.pid, event));
  });`)}`;

/** @returns status and body, on a connection of its own. */
function getOnce(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    httpRequest(url, { agent, headers: { 'X-API-Key': readKey } }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      answer.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/** A proxy of Redis. A connection that has asked with `word`, as the catalog's reader does, gets no answers any more. */
async function startSilentProxy(redisPort: number, word: string) {
  let fallSilent: () => void = () => undefined;
  const isSilent = new Promise<void>((resolve) => (fallSilent = resolve));
  const proxy = createServer((client) => {
    const upstream = connect(redisPort, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.pipe(client);
    client.on('data', (asked) => {
      if (asked.includes(word)) {
        upstream.unpipe(client);
        fallSilent();
      } else upstream.write(asked);
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return { port: (proxy.address() as AddressInfo).port, isSilent, close: () => proxy.close() };
}

describe('the built service at SIGTERM', () => {
  itRuns('ends at once with 0 while it still loads', async (run) => {
    const starting = run(['--import', signalAtOnce, main], { ...hssSettings('http://127.0.0.1:9'), ...aksk });
    expect(await starting.ended).toBe(0);
    expect(starting.stdout()).toBe('');
  });

  itRuns('is not ready and answers new connections for the delay, then ends with 0', async (run) => {
    const stopping = run([main], {
      ...hssSettings('http://127.0.0.1:9'),
      ...aksk,
      CATALOG: 'off',
      SHUTDOWN_DELAY: '10s',
    });
    const url = await listening(stopping);
    stopping.signal('SIGTERM');
    await until(async () => (await getOnce(`${url}/health/ready`)).status === 503);
    expect((await getOnce(`${url}/v1/me`)).status).toBe(200);
    expect(stopping.stdout()).not.toContain('no new connections');
    await until(() => isRefused(url));
    expect(await stopping.ended).toBe(0);
  });

  itRuns('ends with 0 when HSS leaves a call and clients leave bodies hanging', async (run) => {
    let calls = 0;
    const upstream = await startUpstream(() => (calls += 1));
    const stopping = run([main], {
      ...hssSettings(upstream.url),
      ...aksk,
      ADMIN_API_KEYS: `admin=${adminKey}`,
      HSS_TIMEOUT: '10m',
      REQUEST_DEADLINE: '10m',
    });
    const url = await listening(stopping);
    const waiting = fetch(`${url}/v1/registry-images`, { headers: { 'X-API-Key': readKey } });
    const stalled = await RawConnection.open(url);
    stalled.write(
      `POST /v1/admin/cache/purge HTTP/1.1\r\nHost: x\r\nX-API-Key: ${adminKey}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{',
    );
    // The catalog's own walk hangs too.
    await until(() => calls >= 1 && stalled.socket.bytesWritten > 100);
    stopping.signal('SIGTERM');
    const answer = await waiting;
    const { headers, status } = answer;
    expectProblem(
      { headers, status, body: await answer.json() },
      { status: 503, code: 'upstream-unavailable' },
    );
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await stopping.ended).toBe(0);
    expect(await stalled.ended()).toEqual([]);
    expect(stopping.stdout()).toContain('what still waits for HSS is answered without HSS');
    expect(stopping.stdout()).not.toMatch(/"level":(50|60)/);
    await upstream.close();
  });

  itRuns('opens its port with the catalog loaded, for balancers that check no readiness', async (run) => {
    const redis = await startRedis();
    const emulator = await startEmulator({ rate: 'off' });
    const { ak, sk } = emulator.credentials;
    const start = async () => {
      const keys = { CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk, HSS_USER: 'reader' };
      const started = run([main], { ...hssSettings(emulator.url), ...keys, REDIS_URL: redis.url });
      return { url: await listening(started), started };
    };
    const { url: first } = await start();
    await until(async () => /"complete":true/.test((await getOnce(`${first}/v1/images?limit=1`)).body));
    const { url: second, started } = await start();
    const [ready, images] = await Promise.all([
      getOnce(`${second}/health/ready`),
      getOnce(`${second}/v1/images?limit=1`),
    ]);
    // On a busy machine Redis can come late, and then the port opens without the catalog.
    const lacksRedis = /waiting for Redis|"msg":"Redis (?!is connected)/.test(started.stdout());
    expect([ready.status, lacksRedis || images.status]).toEqual([200, lacksRedis || 200]);
    await emulator.close();
    await redis.stop();
  });

  itRuns('signs off from its fleet while it still waits for the catalog', async (run) => {
    const redis = await startRedis();
    const silent = await startSilentProxy(redis.port, 'hmget');
    const settings = { ...hssSettings('http://127.0.0.1:9'), ...aksk };
    const starting = run([main], { ...settings, REDIS_URL: `redis://127.0.0.1:${silent.port}` });
    const members = () => redis.cli('HLEN', 'hss-bff:{budget}:members:reader');
    await silent.isSilent;
    await until(async () => (await members()) === 1);
    starting.signal('SIGTERM');
    const code = await starting.ended;
    const left = await members();
    silent.close();
    await redis.stop();
    expect([code, left]).toEqual([0, 0]);
  });

  itRuns('loses no request in a rolling restart behind a balancer', async (run) => {
    const redis = await startRedis();
    const upstream = await startUpstream((_request, response) => {
      response.end('{"total_num":0,"data_list":[]}');
    });
    const ports = [await unusedPort(), await unusedPort()];
    const start = async (port: number) => {
      const started = run([main], {
        ...hssSettings(upstream.url),
        ...aksk,
        REDIS_URL: redis.url,
        PORT: String(port),
        FLEET_SIZE: '2',
        HSS_RATE: '1000/1s',
        HSS_RATE_TOTAL: '1000/1s',
        SHUTDOWN_DELAY: '3s',
      });
      await listening(started);
      return started;
    };
    const instances = await Promise.all(ports.map(start));
    const balancer = await startFollowingBalancer(ports);
    await until(() => balancer.readyPorts.length === 2);

    let isOver = false;
    const statuses: Record<string, number> = {};
    const load = async () => {
      for (let at = 0; !isOver; at += 1) {
        const path = ['/v1/registry-images?limit=1', '/v1/me', `/v1/local-images?name=n${at}`][at % 3]!;
        const outcome = await getOnce(balancer.url + path).then(({ status }) => status, String);
        statuses[outcome] = (statuses[outcome] ?? 0) + 1;
      }
    };
    const clients = Array.from({ length: 6 }, load);
    for (const [at, port] of ports.entries()) {
      const before = balancer.forwarded(port);
      await until(() => balancer.forwarded(port) > before + 40);
      instances[at]!.signal('SIGTERM');
      expect(await instances[at]!.ended).toBe(0);
      instances[at] = await start(port);
      await until(() => balancer.readyPorts.includes(port));
    }
    isOver = true;
    await Promise.all(clients);
    expect(Object.keys(statuses)).toEqual(['200']);
    expect(statuses['200']).toBeGreaterThan(80);
    expect(balancer.refused).toBe(0);
    await balancer.close();
    await redis.stop();
    await upstream.close();
  });
});
