import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Account } from '../../src/budget/account.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

describe('three instances whose Redis is killed', () => {
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([
      startEmulator({ rate: { limit: 5, windowMs: 60_000, kind: 'sliding' } }),
      startRedis(),
    ]);
    const env = { HSS_RATE: '5/60s', HSS_RATE_TOTAL: '5/60s' };
    services = await Promise.all([1, 2, 3].map(() => startService({ emulator, redisUrl: redis.url, env })));
  });
  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  /** The spare slots that the instances hold for calls of the registry list. */
  async function spareSlots(): Promise<number> {
    const [key] = (await redis.cli('KEYS', '*{budget}:account:*:ListRegistryImages')) as string[];
    if (key === undefined) return 0;
    const account = JSON.parse((await redis.cli('HGET', key, 'account')) as string) as Account;
    return Object.values(account.owners ?? {}).reduce((sum, { spare }) => sum + spare, 0);
  }

  it('answer the first cold key of each, within the rate', async () => {
    const [first] = services as [TestService];
    expect((await first.get('/v1/registry-images?name=before')).status).toBe(200);
    await until(async () => (await spareSlots()) === services.length);
    await redis.kill();
    const answers = await Promise.all(
      services.map((service, index) => service.get(`/v1/registry-images?name=after-${index}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(emulator.journal.calls('ListRegistryImages').map(({ outcome }) => outcome)).toEqual([
      200, 200, 200, 200,
    ]);
    // The slots are used up: the next key is refused with a time, and costs no call.
    const refused = await first.get('/v1/registry-images?name=second');
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(4);
  });
});
