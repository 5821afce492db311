import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { createRedis } from '../../src/redis/connect.js';
import { scanKeys } from '../../src/redis/key-scan.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { proxyAgent } from '../support/proxy-agent.js';
import {
  askUntil,
  hangLimitMs,
  logOnceUp,
  redisState,
  statesButDown,
  untilInAgreement,
  untilUp,
} from '../support/redis-story.js';
import { startCluster, type RedisCluster } from '../support/redis-topologies.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const password = 'Cluster-Secret-1';

describe('the service with a Redis Cluster', () => {
  let cluster: RedisCluster;
  let emulator: Emulator;
  const services: TestService[] = [];
  const links: RedisLink[] = [];

  beforeAll(async () => {
    [cluster, emulator] = await Promise.all([
      startCluster({ password, replica: true }),
      startEmulator({ rate: 'off', totalRate: 'off' }),
    ]);
  });

  beforeEach(() => emulator.journal.clear());

  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    for (const link of links.splice(0)) await link.close();
  });

  afterAll(async () => {
    await Promise.all([cluster.stop(), emulator.close()]);
  });

  async function serve(redisPassword = password, limit = {}): Promise<TestService> {
    const env = { REDIS_CLUSTER_NODES: cluster.nodes, REDIS_PASSWORD: redisPassword };
    const service = await startService({ emulator, env, ...limit });
    services.push(service);
    return service;
  }

  /** A list whose entries are on the first master, the master that the test kills. */
  async function listOfFirstMaster(service: TestService): Promise<string> {
    const values = async () =>
      ((await cluster.masters[0]!.cli('KEYS', '*:cache:*:value')) as string[]).length;
    for (let list = 0; ; list += 1) {
      const path = `/v1/registry-images?name=placed-${list}`;
      const before = await values();
      await service.get(path);
      // A list has two entries: its rows and its total.
      if ((await values()) >= before + 2) return path;
    }
  }

  async function connect(): Promise<RedisLink> {
    const nodes = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }));
    const config = { kind: 'cluster', nodes, username: undefined, password } as const;
    const redis = createRedis({ ...config, tls: null, keyPrefix: 'test' });
    const link = new RedisLink(redis, 'test', systemClock, pino({ level: 'silent' }));
    links.push(link);
    await link.connect(1_000);
    return link;
  }

  /** Subscribes like the part of the service that listens to messages of other instances. */
  async function subscribe() {
    const link = await connect();
    const subscriber = link.subscriber();
    const heard: string[] = [];
    subscriber.on('message', (_channel, message) => heard.push(message));
    await subscriber.subscribe('news');
    return { heard, publish: (message: string) => cluster.masters[2]!.cli('PUBLISH', 'news', message) };
  }

  it('finds the keys of every master with its first background command', async () => {
    const link = await connect();
    const keys = ['one', 'two', 'three', 'four', 'five'].map((name) => link.key('scanned', name));
    for (const key of keys) await link.run((redis) => redis.set(key, ''));
    const found: string[] = [];
    for await (const some of scanKeys(link, link.key('scanned', ''))) found.push(...some);
    expect([...new Set(found)].sort()).toEqual(keys.sort());
  });

  it('spreads answers over the masters, and shares the answers and one budget', async () => {
    const [one, other] = [await serve(), await serve()];
    await untilInAgreement(one, other);
    const paths = [
      `${proxyAgent}&include=image,baseOs,files,hosts`,
      ...Array.from({ length: 10 }, (_, list) => `/v1/registry-images?name=shared-${list}`),
    ];
    const first = await Promise.all(paths.map(async (path) => (await one.get(path)).text));
    emulator.journal.clear();
    for (const [index, path] of paths.entries()) {
      const answer = await other.get(path);
      expect([answer.status, answer.text]).toEqual([200, first[index]]);
    }
    expect(emulator.journal.entries).toHaveLength(0);
    await other.get('/v1/registry-images?name=of-the-other');
    for (const service of [one, other])
      expect(service.logText().match(/The call budget is shared through Redis/g)).toHaveLength(1);
    const [entries, accounts] = await Promise.all(
      ['*:cache:*', '*{budget}:account*'].map((pattern) =>
        Promise.all(
          cluster.masters.map(async (node) => ((await node.cli('KEYS', pattern)) as string[]).length),
        ),
      ),
    );
    expect(entries!.every((count) => count > 0)).toBe(true);
    expect(accounts!.filter((count) => count > 0)).toHaveLength(1);
    expect([logOnceUp(one), logOnceUp(other)]).toEqual([['up'], ['up']]);
  });

  it('works without Redis if the password is wrong, and logs this once', async () => {
    const service = await serve('Wrong-Secret-1');
    let requests = 0;
    const { statuses } = await askUntil(() => (requests += 1) > 10, service);
    expect(statuses).toEqual(new Set([200]));
    expect(logOnceUp(service)).toEqual(['down']);
    expect(service.logText()).toMatch(/WRONGPASS/);
    expect(service.logText()).not.toMatch(/Secret-1/);
  });

  it('goes on while a master hangs, and uses the cluster again afterwards', async () => {
    const service = await serve(password, { redisLimitMs: hangLimitMs });
    await untilUp(service);
    const [, , last] = cluster.masters;
    last!.pause();
    try {
      const { statuses } = await askUntil(async () => (await redisState(service)) === 'down', service);
      expect(statuses).toEqual(new Set([200]));
      await askUntil(() => statesButDown(service).at(-1) === 'hanging', service);
    } finally {
      last!.resume();
    }
    await until(() => cluster.isWhole());
    await untilUp(service);
    expect(statesButDown(service).slice(-3)).toEqual(['up', 'hanging', 'up']);
  });

  it('fails no request while a replica replaces its master', async () => {
    const service = await serve();
    const path = await listOfFirstMaster(service);
    const { heard, publish } = await subscribe();
    const [values, copies] = [cluster.masters[0]!, cluster.replica!].map(
      (node) => async () => ((await node.cli('KEYS', '*:cache:*:value')) as string[]).length,
    );
    await until(async () => (await copies!()) === (await values!()));
    await cluster.masters[0]!.kill();
    const isReplaced = async () => {
      const [role] = (await cluster.replica!.cli('ROLE')) as string[];
      return role === 'master' && (await cluster.isWhole());
    };
    const { statuses } = await askUntil(isReplaced, service);
    await untilUp(service);
    expect(statuses).toEqual(new Set([200]));
    expect(logOnceUp(service)).toEqual(['up', 'down', 'up']);
    await until(async () => {
      await publish('after');
      return heard.includes('after');
    });
    emulator.journal.clear();
    expect((await (await serve()).get(path)).status).toBe(200);
    expect(emulator.journal.entries).toHaveLength(0);
  });

  it('goes on when a lost master has no replica and the others refuse', async () => {
    const service = await serve();
    await untilUp(service);
    await cluster.masters[1]!.kill();
    await until(() => logOnceUp(service).includes('down'));
    let requests = 0;
    const { statuses } = await askUntil(() => (requests += 1) > 20, service);
    expect(statuses).toEqual(new Set([200]));
    expect(logOnceUp(service)).toEqual(['up', 'down']);
  });
});
