import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { askUntil, hangLimitMs, logOnceUp, untilUp } from '../support/redis-story.js';
import { groupName, startWatched, type WatchedRedis } from '../support/redis-topologies.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const password = 'Master-Secret-1';
const sentinelPassword = 'Sentinel-Secret-1';

describe('the service with a Redis that sentinels watch', () => {
  let emulator: Emulator;
  let groups: Record<number, WatchedRedis>;
  const services: TestService[] = [];

  beforeAll(async () => {
    const [one, three] = await Promise.all(
      [1, 3].map((sentinels) => startWatched({ password, sentinelPassword, sentinels })),
    );
    groups = { 1: one!, 3: three! };
    emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
  });

  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });

  afterAll(async () => {
    await Promise.all([emulator.close(), ...Object.values(groups).map((group) => group.stop())]);
  });

  async function serve(redis: WatchedRedis, env: Record<string, string> = {}): Promise<TestService> {
    const service = await startService({
      emulator,
      redisLimitMs: hangLimitMs,
      env: {
        REDIS_SENTINELS: redis.sentinels,
        REDIS_SENTINEL_NAME: groupName,
        REDIS_SENTINEL_PASSWORD: sentinelPassword,
        REDIS_PASSWORD: password,
        ...env,
      },
    });
    services.push(service);
    return service;
  }

  it('logs the reason when sentinels do not know the group or the password', async () => {
    for (const [env, reason] of [
      [{ REDIS_SENTINEL_NAME: 'other-group' }, /No such master with that name/],
      [{ REDIS_SENTINEL_PASSWORD: 'Wrong-Secret-1' }, /WRONGPASS/],
      [{ REDIS_PASSWORD: 'Wrong-Secret-1' }, /WRONGPASS/],
    ] as const) {
      const service = await serve(groups[1]!, env);
      expect((await service.get('/v1/registry-images')).status).toBe(200);
      await until(() => logOnceUp(service).length > 0);
      expect(logOnceUp(service)).toEqual(['down']);
      expect(service.logText()).toMatch(reason);
      expect(service.logText()).not.toMatch(/Secret-1/);
    }
  });

  it.each([
    ['is killed', 1, ['up', 'down', 'up']],
    ['hangs', 3, ['up', 'hanging', 'down', 'up']],
  ] as const)('finds the new master when the old one %s', async (fault, sentinels, states) => {
    const redis = groups[sentinels]!;
    const [one, other] = [await serve(redis), await serve(redis)];
    for (const service of [one, other]) await untilUp(service);
    if (fault === 'hangs') redis.master.pause();
    else await redis.master.kill();
    const { statuses } = await askUntil(async () => (await redis.masterPort()) === redis.replica.port, one);
    await untilUp(one);
    expect(statuses).toEqual(new Set([200]));
    await untilUp(other);
    expect(logOnceUp(one).slice(-states.length)).toEqual(states);

    const path = '/v1/registry-images?name=after-the-failover';
    const first = await one.get(path);
    emulator.journal.clear();
    expect((await other.get(path)).text).toBe(first.text);
    expect(emulator.journal.entries).toHaveLength(0);
    for (const service of [one, other]) expect(service.logText()).not.toMatch(/Secret-1/);
  });
});
