import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startCluster, type RedisCluster } from '../support/redis-topologies.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

/** The permissions that docs/redis.md grants. */
const [, grant = ''] =
  /\nACL SETUSER (.*)\n/.exec(readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')) ?? [];
const user = { REDIS_USERNAME: 'hss-bff', REDIS_PASSWORD: 'PASSWORD' };

describe('the catalog as the documented user of Redis', () => {
  let redis: RedisProcess;
  let cluster: RedisCluster;
  let emulator: Emulator;
  const services: TestService[] = [];

  beforeAll(async () => {
    [redis, cluster, emulator] = await Promise.all([
      startRedis(),
      startCluster(),
      startEmulator({ rate: 'off', totalRate: 'off' }),
    ]);
    await redis.cli('ACL', 'SETUSER', ...grant.split(' '));
    for (const node of cluster.masters)
      await node.cli('ACL', 'SETUSER', ...grant.split(' '), '+cluster|slots', '+cluster|info');
  });

  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    emulator.journal.clear();
  });

  afterAll(async () => {
    await Promise.all([redis.stop(), cluster.stop(), emulator.close()]);
  });

  async function serve(env: Record<string, string>): Promise<TestService> {
    const all = { ...user, ...env, HSS_RATE: '1000/1s', CATALOG: 'on' };
    const service = await startService({ emulator, env: all });
    services.push(service);
    return service;
  }

  const statusOf = async (service: TestService) =>
    (await service.get('/v1/catalog/status')).body as {
      complete: boolean;
      epoch: string;
      registry: { rows: number };
    };

  it.each(['one server', 'a cluster'])('is the same on two instances through %s', async (kind) => {
    const nodes = kind === 'a cluster' ? cluster.masters : [redis];
    const env: Record<string, string> =
      kind === 'a cluster' ? { REDIS_CLUSTER_NODES: cluster.nodes } : { REDIS_URL: redis.url };
    const both = [await serve(env), await serve(env)];
    await until(async () => (await Promise.all(both.map(statusOf))).every(({ complete }) => complete));
    const [one, other] = await Promise.all(both.map(statusOf));
    expect(other).toMatchObject({ epoch: one!.epoch, registry: { rows: one!.registry.rows } });
    expect(one!.registry.rows).toBeGreaterThan(0);
    const keys = (await Promise.all(nodes.map((node) => node.cli('KEYS', '*:catalog:*')))) as string[][];
    // All keys of the log are on one node, since its scripts need all keys.
    expect(keys.filter(({ length }) => length > 0)).toHaveLength(1);
    const home = nodes[keys.findIndex(({ length }) => length > 0)]!;
    const [service] = both;
    const purge = { tag: 'list:registry-images' };
    // The blocks of the walk, and the length of the list.
    const { entries } = (await service!.purge({ ...purge, dryRun: true })).body;
    expect(entries).toBeGreaterThan(nodes.length);
    expect((await service!.purge(purge)).status).toBeLessThan(300);
    // The entries are void at once, and go when Redis is swept.
    const swept = async () =>
      (await Promise.all(nodes.map((node) => node.cli('KEYS', '*:{fleet}:swept')))).flat().length === 1;
    await until(swept);
    // PTTL is -1 for a key without a time to live, and -2 for a key that has expired since.
    for (const key of keys.flat()) expect([key, await home.cli('PTTL', key)]).not.toEqual([key, -1]);
    for (const node of nodes) expect(await node.cli('ACL', 'LOG')).toEqual([]);
  });
});
