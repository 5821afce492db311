// What the admin routes tell operators of calls, the last hour, the fleet and recent problems, against what happened.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilInAgreement } from '../support/redis-story.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const minuteMs = 60_000;

/** The answer to an operator. */
const state = async (service: TestService, route: string) => {
  const answer = await service.request(`/v1/admin/${route}`, { headers: { 'X-API-Key': adminKey } });
  expect([route, answer.status]).toEqual([route, 200]);
  return answer.body;
};
const budgetOf = async (service: TestService, api: string) =>
  (await state(service, 'budget')).apis.find((each: { api: string }) => each.api === api);

describe('an operator', () => {
  let emulator: Emulator;
  let service: TestService;
  const clock = TestClock.still();

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
    service = await startService({ emulator, clock, env: { HSS_RATE: '5/60s', INSTANCE_NAME: 'one' } });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it('sees each call that HSS received, and when its slot is free again', async () => {
    expect((await service.get('/v1/registry-images?limit=1')).status).toBe(200);
    const { calls, used, limit, reserved } = await budgetOf(service, 'ListRegistryImages');
    const received = emulator.journal.calls();
    expect([used, limit, reserved, calls.length]).toEqual([received.length, 5, 0, received.length]);
    const [{ grantedAt, freeAt, underWay, instance }] = calls;
    expect([underWay, instance]).toEqual([false, expect.stringMatching(/^one\b/)]);
    expect(Date.parse(grantedAt)).toBeLessThanOrEqual(received[0]!.clockMs);
    expect(Date.parse(freeAt)).toBeGreaterThan(received[0]!.clockMs + minuteMs);
  });

  it('sees the turns that were promised, and whether they were kept', async () => {
    const cold = (name: string) => service.get(`/v1/registry-images?name=cold-${name}`, { Prefer: 'wait=1' });
    for (const name of ['a', 'b', 'c', 'd']) await cold(name);
    const refused = await cold('e');
    expect(refused.status).toBe(503);
    const { promisedAt, promises } = await budgetOf(service, 'ListRegistryImages');
    expect(promises.made).toBe(1);
    expect(Math.abs(Date.parse(promisedAt[0]) - Date.parse(refused.body.retryAt))).toBeLessThan(1_500);
  });

  it('sees the hits, loads and stale answers of the last hour', async () => {
    clock.advance(2 * minuteMs);
    await service.get('/v1/registry-images?limit=1');
    const sum = async () => {
      const { lastHour } = await state(service, 'cache');
      const of = (name: string) =>
        lastHour.reduce(
          (total: number, minute: Record<string, number>) => total + minute[name]!,
          0,
        ) as number;
      return {
        hits: of('hits'),
        stale: of('stale'),
        staleSeconds: of('staleSeconds'),
        minutes: lastHour.length,
      };
    };
    const before = await sum();
    expect(before).toMatchObject({ stale: 1, minutes: 2 });
    expect(before.staleSeconds).toBeGreaterThanOrEqual(120);
    for (let time = 1; time <= 3; time += 1) await service.get('/v1/registry-images?limit=1');
    expect((await sum()).hits).toBe(before.hits + 3);
  });

  it('sees which requests got no answer, without what they asked', async () => {
    clock.advance(10 * minuteMs);
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const failed = await service.get('/v1/local-images?name=a-name-of-the-sender');
    expect(failed.status).toBe(503);
    expect((await service.get('/v1/local-images?limit=0')).status).toBe(400);
    expect((await service.request('/v1/local-images')).status).toBe(401);
    emulator.faults.clear();
    const { items } = await state(service, 'problems');
    expect(items[0]).toMatchObject({
      requestId: failed.body.requestId,
      route: '/v1/local-images',
      consumer: 'reader',
      status: 503,
      code: 'upstream-unavailable',
      upstream: { status: 500 },
    });
    expect(items.map(({ status }: { status: number }) => status)).not.toContain(400);
    expect(JSON.stringify(items)).not.toContain('a-name-of-the-sender');
  });

  it('sees only this instance without Redis', async () => {
    const { instance, instances, lastPurge, redis } = await state(service, 'cache');
    expect(instances).toEqual([{ instance, heardAt: expect.any(String), lastPurge }]);
    expect(redis).toBe(null);
  });
});

describe('an operator of two instances', () => {
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off' }), startRedis()]);
    services = await Promise.all(
      ['one', 'two'].map((name) =>
        startService({ emulator, redisUrl: redis.url, env: { INSTANCE_NAME: name } }),
      ),
    );
    await untilInAgreement(...services);
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  it('sees that both hear each other and know the same purge', async () => {
    const [one, two] = services as [TestService, TestService];
    await one.purge({ tag: 'list:image-files' });
    for (const service of [one, two])
      await until(async () => {
        const { instances, lastPurge } = await state(service, 'cache');
        return (
          instances.length === 2 &&
          instances.every((each: { lastPurge: number }) => each.lastPurge === lastPurge && lastPurge > 0)
        );
      });
    const { instances, redis: memory } = await state(one, 'cache');
    const names = instances.map(({ instance }: { instance: string }) => instance.split(/\W/)[0]);
    expect(names).toEqual(['one', 'two']);
    expect(memory.bytes).toBeGreaterThan(100_000);
  });

  it('sees one instance less after the other has stopped', async () => {
    const [one, two] = services.splice(0) as [TestService, TestService];
    services.push(one);
    await two.close();
    await until(async () => (await state(one, 'cache')).instances.length === 1);
  });
});
