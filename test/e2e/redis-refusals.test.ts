import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { systemClock, type Clock } from '../../src/time/clock.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import {
  askUntil,
  isInAgreement,
  logOnceUp,
  redisState,
  untilAccountsAreTrusted,
  untilInAgreement,
  untilUp,
} from '../support/redis-story.js';
import { startCluster, type RedisCluster } from '../support/redis-topologies.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

/** The permissions that docs/redis.md grants. */
const [, grant = ''] =
  /\nACL SETUSER (.*)\n/.exec(readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')) ?? [];
const user = { REDIS_USERNAME: 'hss-bff', REDIS_PASSWORD: 'PASSWORD' };
const ofCluster = ['+cluster|slots', '+cluster|info'];

describe('the service with a Redis that refuses', () => {
  let redis: RedisProcess;
  let replica: RedisProcess;
  let cluster: RedisCluster;
  let emulator: Emulator;
  const services: TestService[] = [];

  beforeAll(async () => {
    [redis, replica, cluster, emulator] = await Promise.all([
      startRedis({ args: ['--repl-diskless-sync-delay', '0'] }),
      startRedis(),
      startCluster(),
      startEmulator({ rate: 'off', totalRate: 'off' }),
    ]);
    await untilAccountsAreTrusted(redis);
  });

  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    emulator.journal.clear();
    await redis.cli('FLUSHALL');
  });

  afterAll(async () => {
    await Promise.all([redis.stop(), replica.stop(), cluster.stop(), emulator.close()]);
  });

  async function serve(
    env: Record<string, string> = { REDIS_URL: redis.url },
    clock: Clock = systemClock,
  ): Promise<TestService> {
    const service = await startService({ emulator, env, clock });
    services.push(service);
    await untilUp(service);
    return service;
  }

  /** Sends many requests: all are answered, and the log gets no more lines. */
  async function expectAnswers(service: TestService, log: string[]): Promise<void> {
    let requests = 0;
    const { statuses } = await askUntil(() => (requests += 1) > 10, service);
    expect(statuses).toEqual(new Set([200]));
    expect(logOnceUp(service)).toEqual(log);
  }

  const accountLog = (service: TestService) =>
    service.logText().match(/"msg":"The call budget is (?:not )?shared/g)?.length;

  it('logs once that Redis is full, and once that Redis has room again', async () => {
    const service = await serve();
    const kept = '/v1/registry-images?name=kept';
    const { text } = await service.get(kept);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1kb');
    await service.get('/v1/registry-images?name=first');
    await until(() => logOnceUp(service).includes('OOM'));
    await expectAnswers(service, ['up', 'OOM']);
    expect(await redisState(service)).toBe('up');
    expect(accountLog(service)).toBe(2);
    // A full Redis still gives its entries.
    emulator.journal.clear();
    expect((await (await serve()).get(kept)).text).toBe(text);
    expect(emulator.journal.entries).toHaveLength(0);

    await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    await until(() => logOnceUp(service).includes('OOM ended'));
    await expectAnswers(service, ['up', 'OOM', 'OOM ended']);
  });

  it('answers without waiting for agreement while Redis is full', async () => {
    const waits: number[] = [];
    const after: Clock['after'] = (delayMs, action) => {
      waits.push(delayMs);
      return systemClock.after(delayMs, action);
    };
    const service = await serve({ REDIS_URL: redis.url }, { ...systemClock, after });
    const path = '/v1/registry-images?name=warm';
    await service.get(path);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    await until(async () => !(await isInAgreement(service)));
    // Only the first request waits 50 ms for agreement.
    await until(async () => {
      waits.length = 0;
      expect((await service.get(path)).status).toBe(200);
      return !waits.includes(50);
    });
    await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
  });

  it('reads from a replica that refuses writes, and writes when it becomes a master', async () => {
    const service = await serve({ REDIS_URL: replica.url });
    expect((await service.get(proxyAgent)).status).toBe(200);
    await replica.cli('REPLICAOF', '127.0.0.1', String(redis.port));
    await until(async () => String(await replica.cli('INFO', 'replication')).includes('link_status:up'));
    await askUntil(() => logOnceUp(service).includes('READONLY'), service);
    await expectAnswers(service, ['up', 'READONLY']);
    await replica.cli('REPLICAOF', 'NO', 'ONE');
    await until(() => logOnceUp(service).includes('READONLY ended'));
    const values = async () => ((await replica.cli('KEYS', '*:cache:*:value')) as string[]).length;
    const before = await values();
    await service.get('/v1/registry-images?name=written');
    await until(async () => (await values()) > before);
    expect(logOnceUp(service)).toEqual(['up', 'READONLY', 'READONLY ended']);
  });

  it('goes on when a replica does not answer without its master', async () => {
    await replica.cli('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    const service = await serve({ REDIS_URL: replica.url });
    await service.get(proxyAgent);
    await replica.cli('REPLICAOF', '127.0.0.1', '1');
    await askUntil(() => logOnceUp(service).length === 3, service);
    // Redis refuses reads and writes with different words.
    const [, ...words] = logOnceUp(service);
    expect(words.sort()).toEqual(['MASTERDOWN', 'READONLY']);
    await expectAnswers(service, logOnceUp(service));
    await replica.cli('REPLICAOF', 'NO', 'ONE');
    await until(() => logOnceUp(service).length === 5);
    expect(logOnceUp(service).slice(3).sort()).toEqual(['MASTERDOWN ended', 'READONLY ended']);
  });

  it('goes on after Redis is flushed', async () => {
    const [one, other] = [await serve(), await serve()];
    const path = '/v1/registry-images?name=flushed';
    await one.get(path);
    await redis.cli('FLUSHALL');
    const asked = [() => other.get(path), () => one.get(path), () => other.get(proxyAgent)];
    for (const ask of asked)
      await until(async () => {
        const { status, headers } = await ask();
        // The first request after the loss of the accounts may get Retry-After: an instance that knows the lost calls
        // has to report first.
        if (status !== 200) expect([status, headers.has('retry-after')]).toEqual([503, true]);
        return status === 200;
      });
    await until(async () => ((await redis.cli('KEYS', '*:cache:*:value')) as string[]).length > 0);
    expect([...logOnceUp(one), ...logOnceUp(other)]).toEqual(['up', 'up']);
  });

  it('needs no more permissions than docs/redis.md asks for', async () => {
    await redis.cli('ACL', 'SETUSER', ...grant.split(' '));
    await redis.cli('ACL', 'LOG', 'RESET');
    const [one, other] = [
      await serve({ REDIS_URL: redis.url, ...user }),
      await serve({ REDIS_URL: redis.url, ...user }),
    ];
    await expectSharing(one, other);
    // Other scripts count the refusals of HSS.
    const wrong = await serve({ REDIS_URL: redis.url, ...user, CLOUD_SDK_SK: 'wrong-secret' });
    expect((await wrong.get('/v1/registry-images')).status).toBe(502);
    expect(await redis.cli('KEYS', 'hss-bff:credential:*')).toHaveLength(1);
    expect(logOnceUp(wrong)).toEqual(['up']);
    expect(await redis.cli('ACL', 'LOG')).toEqual([]);
  });

  it('needs two more permissions in a cluster', async () => {
    for (const node of cluster.masters) await node.cli('ACL', 'SETUSER', ...grant.split(' '), ...ofCluster);
    const env = { REDIS_CLUSTER_NODES: cluster.nodes, ...user };
    await expectSharing(await serve(env), await serve(env));
    for (const node of cluster.masters) expect(await node.cli('ACL', 'LOG')).toEqual([]);
  });

  async function expectSharing(one: TestService, other: TestService): Promise<void> {
    await untilInAgreement(one, other);
    const path = `${proxyAgent}&include=image,baseOs,files,hosts`;
    const { text } = await one.get(path);
    emulator.journal.clear();
    expect((await other.get(path)).text).toBe(text);
    expect(emulator.journal.entries).toHaveLength(0);
    await other.get('/v1/registry-images?name=of-the-other');
    for (const service of [one, other]) {
      expect(service.logText()).toMatch(/The call budget is shared through Redis/);
      expect(logOnceUp(service)).toEqual(['up']);
    }
  }

  it.each(['-eval', '-set', '-get', '-hset', 'resetkeys'])(
    'goes on without the permission %s, and logs the refusal once',
    async (taken) => {
      await redis.cli('ACL', 'SETUSER', ...grant.split(' '), taken);
      const service = await serve({ REDIS_URL: redis.url, ...user });
      await expectAnswers(service, ['up', 'NOPERM']);
    },
  );
});
