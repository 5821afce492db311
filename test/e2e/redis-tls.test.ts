import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { pino } from 'pino';
import { createRedis } from '../../src/redis/connect.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { selfSigned } from '../support/certificate.js';
import { redisSpeaksTls, startRedis } from '../support/redis-server.js';
import { logOnceUp } from '../support/redis-story.js';
import { groupName, startCluster, startWatched } from '../support/redis-topologies.js';
import { realProcess } from '../support/real-process.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const suite = redisSpeaksTls() ? describe : describe.skip;

suite('TLS to Redis (skipped where redis-server is built without TLS)', () => {
  const tls = selfSigned();
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-tls-'));
  const [right, wrong] = [join(folder, 'right.pem'), join(folder, 'wrong.pem')];
  let emulator: Emulator;
  let kinds: Record<string, { env: Record<string, string>; stop: () => Promise<void> }>;

  beforeAll(async () => {
    writeFileSync(right, tls.certificate);
    writeFileSync(wrong, selfSigned().certificate);
    const [one, watched, cluster] = await Promise.all([
      startRedis({ tls }),
      startWatched({ tls }),
      startCluster({ tls }),
    ]);
    const { sentinels } = watched;
    kinds = {
      single: { env: { REDIS_URL: one.url }, stop: () => one.stop() },
      sentinel: {
        env: { REDIS_SENTINELS: sentinels, REDIS_SENTINEL_NAME: groupName, REDIS_TLS: 'true' },
        stop: watched.stop,
      },
      cluster: { env: { REDIS_CLUSTER_NODES: cluster.nodes, REDIS_TLS: 'true' }, stop: cluster.stop },
    };
    emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([emulator.close(), ...Object.values(kinds).map(({ stop }) => stop())]);
  });

  async function serve(kind: string, file: string): Promise<TestService> {
    return startService({ emulator, env: { ...kinds[kind]!.env, REDIS_TLS_CA_FILE: file } });
  }

  // Sentinels come first: ioredis keeps a timer of two seconds for each sentinel that it has left.
  it.each(['sentinel', 'single', 'cluster'])(
    'works with Redis as %s if the certificate is trusted',
    async (kind) => {
      for (const [file, states] of [
        [wrong, ['down']],
        [right, ['up']],
      ] as const) {
        const service = await serve(kind, file);
        expect((await service.get('/v1/registry-images')).status).toBe(200);
        await until(() => logOnceUp(service)[0] === states[0]);
        expect(logOnceUp(service)).toEqual(states);
        if (file === wrong) expect(service.logText()).toMatch(/self.signed certificate/);
        await service.close();
      }
    },
  );

  it('does not end the process when it is closed during failing handshakes', async () => {
    const uncaught: unknown[] = [];
    const record = (error: unknown) => uncaught.push(error);
    realProcess.on('uncaughtException', record);
    const { hostname, port } = new URL(kinds['single']!.env['REDIS_URL']!);
    const config = { kind: 'single', host: hostname, port: Number(port), db: 0, keyPrefix: 'test' } as const;
    const access = { username: undefined, password: undefined, tls: { caPem: selfSigned().certificate } };
    for (let turns = 0; turns < 100; turns += 1) {
      const redis = createRedis({ ...config, ...access });
      const link = new RedisLink(redis, 'test', systemClock, pino({ level: 'silent' }));
      void link.connect(1_000);
      for (let turn = 0; turn < turns % 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await link.close();
      await until(() => redis.status === 'end' || redis.status === 'reconnecting');
    }
    realProcess.off('uncaughtException', record);
    expect(uncaught).toEqual([]);
  });
});
