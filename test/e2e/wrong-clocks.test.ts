// A host's wrong clock changes no answer: instances that share a Redis live by Redis's time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Clock } from '../../src/time/clock.js';
import {
  afterFreshLifeMs,
  ageOf,
  coldList,
  imagePartOf,
  secondMs,
  wasFetchedBefore,
} from '../support/cache-fleet.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilInAgreement, untilUp } from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { linkTo } from '../support/severable-link.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const hourMs = 3_600 * secondMs;

describe('an instance whose clock is wrong', () => {
  const clock = TestClock.slow();
  let offMs = 0;
  const wrong: Clock = { ...clock, now: () => clock.now() + offMs };
  let emulator: Emulator;
  let redis: RedisProcess;
  let one: TestService;
  let other: TestService;

  const calls = () => emulator.journal.calls().length;
  const pass = async (ms: number) => {
    clock.advance(ms);
    await untilInAgreement(one, other);
  };
  const isHeldFresh = async (service: TestService, path: string) => {
    const { status } = await service.get(path, { 'Cache-Control': 'only-if-cached' });
    return status === 200;
  };

  async function startOne(): Promise<void> {
    one = await startService({ emulator, clock: wrong, redisUrl: redis.url, redisTime: clock.now });
    await untilInAgreement(one, other);
  }

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
    other = await startService({ emulator, clock, redisUrl: redis.url });
    await startOne();
  });

  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await Promise.all([redis.stop(), emulator.close()]);
  });

  it('keeps the age of what it read before Redis was there', async () => {
    // An entry from before would be void after a purge, so this test comes before the others.
    offMs = hourMs;
    await one.close();
    const link = await linkTo(redis.port);
    link.cut();
    const redisUrl = `redis://127.0.0.1:${link.port}`;
    one = await startService({ emulator, clock: wrong, redisUrl, redisTime: clock.now });
    const path = coldList();
    expect((await one.get(path)).status).toBe(200);
    clock.advance(30 * secondMs);
    const readBefore = clock.now();
    emulator.journal.clear();
    link.mend();
    await untilUp(one);
    await untilInAgreement(one, other);
    for (const service of [one, other]) {
      // The instance learns Redis's time a moment after Redis is there.
      await until(async () => wasFetchedBefore(await service.get(path), readBefore));
      expect(ageOf(await service.get(path))).toBeGreaterThanOrEqual(30);
    }
    expect(calls()).toBe(0);
    await pass(afterFreshLifeMs);
    for (const service of [one, other]) expect(await isHeldFresh(service, path)).toBe(false);
    await one.close();
    await link.close();
    await startOne();
  });

  /** The instance with the wrong clock starts with `startsOffMs`; later its clock is off by `laterOffMs`. */
  const cases: [string, startsOffMs: number, laterOffMs: number][] = [
    ['is an hour ahead', hourMs, hourMs],
    ['is an hour behind', -hourMs, -hourMs],
    ['is set back by an hour', 0, -hourMs],
    ['is set on by an hour', 0, hourMs],
  ];

  describe.each(cases)('and %s', (_, startsOffMs, laterOffMs) => {
    beforeEach(async () => {
      offMs = startsOffMs;
      await one.close();
      await startOne();
      await emulator.journal.settled();
      emulator.journal.clear();
    });

    it('makes lists that live as long as those of the others', async () => {
      const path = coldList();
      const askedAt = clock.now();
      const answer = await one.get(path);
      const fetchedAt = Date.parse(answer.body.fetchedAt as string);
      expect(ageOf(answer)).toBeLessThan(30);
      // Redis's time is known as well as the fastest answer of Redis tells it.
      expect(fetchedAt).toBeGreaterThanOrEqual(askedAt - secondMs);
      expect(fetchedAt).toBeLessThanOrEqual(clock.now());
      for (const service of [one, other]) expect(await isHeldFresh(service, path)).toBe(true);
      offMs = laterOffMs;
      await pass(40 * secondMs);
      for (const service of [one, other, one]) {
        const later = await service.get(path);
        expect(ageOf(later)).toBeGreaterThanOrEqual(40);
        expect(later.body.fetchedAt).toBe(answer.body.fetchedAt);
      }
      expect(calls()).toBe(1);
      await pass(afterFreshLifeMs - 40 * secondMs);
      for (const service of [one, other]) expect(await isHeldFresh(service, path)).toBe(false);
      expect(calls()).toBe(1);
      const renewed = await other.get(path, { 'Cache-Control': 'max-age=30' });
      expect(ageOf(renewed)).toBeLessThan(30);
      const strict = await one.get(path, { Prefer: 'handling=strict' });
      expect([strict.status, strict.body.fetchedAt]).toEqual([200, renewed.body.fetchedAt]);
      expect(calls()).toBe(2);
    });

    it('takes lists of the others for as old as they are', async () => {
      const path = coldList();
      const answer = await other.get(path);
      offMs = laterOffMs;
      await pass(40 * secondMs);
      const taken = await one.get(path);
      expect(taken.body.fetchedAt).toBe(answer.body.fetchedAt);
      expect(ageOf(taken)).toBeGreaterThanOrEqual(40);
      expect(await isHeldFresh(one, path)).toBe(true);
      await pass(afterFreshLifeMs - 40 * secondMs);
      expect(await isHeldFresh(one, path)).toBe(false);
      expect(calls()).toBe(1);
    });

    it('gives parts of merged answers their true time', async () => {
      await one.purge();
      const askedAt = clock.now();
      await imagePartOf(one);
      offMs = laterOffMs;
      await pass(afterFreshLifeMs);
      for (const service of [one, other]) {
        const { headers, body } = await service.get(`${proxyAgent}&include=image`, {
          'Cache-Control': 'max-stale',
        });
        const part = body.parts.image as { status: string; fetchedAt: string };
        expect(part.status).toBe('stale');
        expect(Date.parse(part.fetchedAt)).toBeLessThan(askedAt + afterFreshLifeMs);
        expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(60);
      }
    });
  });
});

describe('a catalog that an instance with a wrong clock reads', () => {
  it.each([hourMs, -hourMs])('has the true times on every instance: off by %i ms', async (offMs) => {
    const clock = new TestClock();
    const wrong: Clock = { ...clock, now: () => clock.now() + offMs };
    const [emulator, redis] = await Promise.all([
      startEmulator({ rate: 'off', clock, registryImages: 40, localImages: 20 }),
      startRedis(),
    ]);
    const env = { CATALOG: 'on' };
    const shared = { emulator, redisUrl: redis.url, redisTime: clock.now, env };
    const startedAt = clock.now();
    const one = await startService({ ...shared, clock: wrong });
    const status = async (service: TestService) => (await service.get('/v1/catalog/status')).body;
    await until(async () => (await status(one)).complete);
    const other = await startService({ ...shared, clock });
    await until(async () => (await status(other)).complete);
    for (const service of [one, other]) {
      const { registry, local, asOf } = await status(service);
      for (const at of [registry.walkedAt, registry.deltaAt, local.walkedAt, local.deltaAt, asOf]) {
        expect(Date.parse(at as string)).toBeGreaterThanOrEqual(startedAt - secondMs);
        expect(Date.parse(at as string)).toBeLessThanOrEqual(clock.now() + secondMs);
      }
      expect(ageOf(await service.get('/v1/images?limit=1'))).toBeLessThanOrEqual(
        (clock.now() - startedAt) / secondMs + 1,
      );
    }
    await Promise.all([one.close(), other.close()]);
    await Promise.all([redis.stop(), emulator.close()]);
  });
});
