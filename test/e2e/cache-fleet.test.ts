import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const afterTheFreshLife = 61_000;
let number = 0;
const coldList = () => `/v1/registry-images?name=cold-${(number += 1)}`;

describe('the cache of a fleet', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
    services = await Promise.all([1, 2, 3].map(() => startService({ emulator, clock, redisUrl: redis.url })));
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  beforeEach(() => emulator.journal.clear());

  afterEach(() => emulator.faults.clear());

  const calls = () => emulator.journal.calls().length;

  /** `each` callers at every instance, all at once. */
  function everywhere(path: string, each: number): Promise<TestAnswer[]> {
    return Promise.all(services.flatMap((service) => Array.from({ length: each }, () => service.get(path))));
  }

  const statuses = (answers: TestAnswer[]) => new Set(answers.map(({ status }) => status));

  it('makes one call for 50 callers of a cold key at each of three instances', async () => {
    const answers = await everywhere(coldList(), 50);
    expect(statuses(answers)).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(calls()).toBe(1);
  });

  it('makes one call when it fails, and shares the error until the hold-off is over', async () => {
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const path = coldList();
    const answers = await everywhere(path, 50);
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['upstream-unavailable']));
    expect(calls()).toBe(1);
    await everywhere(path, 5);
    expect(calls()).toBe(1);
    emulator.faults.clear();
    clock.advance(1_100);
    expect(statuses(await everywhere(path, 5))).toEqual(new Set([200]));
    expect(calls()).toBe(2);
  });

  it('answers at once past the fresh life, and refreshes once for the fleet', async () => {
    const path = coldList();
    await everywhere(path, 1);
    clock.advance(afterTheFreshLife);
    emulator.faults.schedule({ kind: 'latency', ms: 300 });
    const stale = await everywhere(path, 10);
    expect(statuses(stale)).toEqual(new Set([200]));
    for (const { headers } of stale) expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(61);
    await until(() => Promise.resolve(calls() === 2));
    await until(async () =>
      (await everywhere(path, 1)).every(({ headers }) => Number(headers.get('age')) < 5),
    );
    expect(calls()).toBe(2);
  });

  it('gives the old value nowhere once a purge was answered', async () => {
    const path = coldList();
    for (let round = 0; round < 30; round += 1) {
      const old = await everywhere(path, 1);
      const { status, body } = await services[round % 3]!.purge();
      expect([status, body]).toEqual([200, { tag: 'all', missing: [] }]);
      clock.advance(1);
      const purgedAt = clock.now();
      const now = await everywhere(path, 1);
      expect(new Set(now.map(({ body: { fetchedAt } }) => Date.parse(fetchedAt) >= purgedAt))).toEqual(
        new Set([true]),
      );
      expect(old.every(({ body: { fetchedAt } }) => Date.parse(fetchedAt) < purgedAt)).toBe(true);
    }
    expect(calls()).toBe(31);
  });
});
