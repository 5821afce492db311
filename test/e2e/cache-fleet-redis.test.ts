import { describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../emulator/emulator.js';
import { afterFreshLifeMs, coldList, imagePartOf, secondMs, usePairs } from '../support/cache-fleet.js';
import { proxyAgent } from '../support/proxy-agent.js';
import type { RedisProcess } from '../support/redis-server.js';
import { hangLimitMs, redisState, untilInAgreement } from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { aWhile, until } from '../support/until.js';

describe('the instances that share a Redis', () => {
  const pairs = usePairs();
  const { startPair } = pairs;

  it('mark values from memory as stale while cut off, and catch up afterwards', async () => {
    const { clock, emulator, link, one, other } = await startPair({ isLinked: true });
    await imagePartOf(one);
    const old = await imagePartOf(other);
    expect(old.status).toBe('fresh');
    link.cut();
    await until(async () => (await redisState(other)) === 'down');
    expect(await imagePartOf(other)).toMatchObject({ status: 'stale', fetchedAt: old.fetchedAt });
    expect(await imagePartOf(one)).toMatchObject({ status: 'fresh' });
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(1);

    // The purge cannot reach the instance that is cut off: the answer to the purge names this instance.
    clock.advance(2);
    const purgedAt = clock.now();
    await pairs.markAllAlive();
    const { status: accepted, body } = await one.purge();
    expect([accepted, body.missing.length]).toEqual([202, 1]);
    await imagePartOf(one);
    link.mend();
    await until(async () => {
      const { status, fetchedAt } = await imagePartOf(other);
      // The instance never gives its old value as fresh.
      expect(status === 'stale' || Date.parse(fetchedAt) >= purgedAt).toBe(true);
      return status === 'fresh';
    });
    await until(async () => (await imagePartOf(other)).fetchedAt === (await imagePartOf(one)).fetchedAt);
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(2);
  });

  it('keep an older value when another instance renews it just before Redis dies', async () => {
    const redis = await pairs.ownRedis();
    const { clock, emulator, one, other } = await startPair({ redis });
    const path = coldList();
    await one.get(path);
    const old = await other.get(path);
    clock.advance(11 * secondMs);
    await untilInAgreement(one, other);
    const renewed = await one.get(path, { 'Cache-Control': 'max-age=1' });
    expect(renewed.body.fetchedAt).not.toBe(old.body.fetchedAt);
    // The message about the new value reaches the other instance, which no request asks for this list.
    await aWhile(200);
    await redis.kill();
    await until(async () => (await redisState(other)) === 'down');
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const answer = await other.get(path);
    expect([answer.status, answer.body.fetchedAt]).toEqual([200, old.body.fetchedAt]);
    // One call for the first value and one that renewed it.
    expect(emulator.journal.calls()).toHaveLength(2);
  });

  it('take content as stale when one instance has seen a newer scan', async () => {
    const { clock, emulator, one, other } = await startPair();
    const [image = '', coordinates = ''] = proxyAgent.split('?');
    const files = `${image}/files?${coordinates}`;
    const firstFile = async (service: TestService) => (await service.get(files)).body.items[0].name as string;
    await Promise.all([one, other].map((service) => service.get(files)));
    // Scan times are whole seconds: the next scan needs another second.
    const pass = async () => {
      clock.advance(secondMs);
      await untilInAgreement(one, other);
    };
    await pass();
    const names = { file_name: 'seen by one', file_path: '/', size: 1 };
    emulator.data.rescan(image.split('/').at(-1)!, clock.now(), { files: [names] });
    await pass();
    await one.get('/v1/registry-images?name=proxy-agent');
    await until(async () => (await firstFile(other)) === 'seen by one');
    await until(async () => (await firstFile(one)) === 'seen by one');
    expect(emulator.journal.calls('ListImageFiles')).toHaveLength(2);
  });

  it('give an answer that HSS has just given as fresh, even while cut off', async () => {
    // Instances of the tests before may be silent in the shared Redis, and then hold a part of the rate.
    const redis = await pairs.ownRedis();
    const { clock, emulator, link, other } = await startPair({ redis, isLinked: true });
    await imagePartOf(other);
    link.cut();
    await until(async () => (await redisState(other)) === 'down');
    clock.advance(11 * secondMs);
    emulator.journal.clear();
    // HSS is so slow that all five requests wait for the call.
    emulator.setLatency(2_000);
    const strict = { Prefer: 'handling=strict' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => other.get(`${proxyAgent}&include=image`, strict)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    for (const { body } of answers) expect(body.parts.image.status).toBe('fresh');
    expect(emulator.journal.calls().length).toBeLessThanOrEqual(2);
  });

  it.each<[string, (redis: RedisProcess) => unknown, (redis: RedisProcess) => unknown]>([
    ['is flushed', (redis) => redis.cli('FLUSHALL'), () => undefined],
    [
      'is out of memory',
      (redis) => redis.cli('CONFIG', 'SET', 'maxmemory', '1'),
      (redis) => redis.cli('CONFIG', 'SET', 'maxmemory', '0'),
    ],
    ['hangs', (redis) => redis.pause(), (redis) => redis.resume()],
    ['is killed', (redis) => redis.kill(), (redis) => redis.start()],
  ])('fail no request when Redis %s under load, and agree again', async (what, strike, mend) => {
    const redis = what === 'is killed' ? await pairs.ownRedis() : pairs.shared;
    const { one, other } = await startPair({ redis, redisLimitMs: hangLimitMs });
    const hot = coldList();
    await one.get(hot);
    const wrong: unknown[] = [];
    const load = { isOver: false, answers: 0 };
    const workers = [one, other, one, other].map(async (service) => {
      for (let turn = 0; !load.isOver; turn += 1) {
        const { status, body } = await service.get(turn % 3 === 0 ? coldList() : hot);
        load.answers += 1;
        if (status !== 200) wrong.push(body);
      }
    });
    const moreAnswers = async (count: number) => {
      const enough = load.answers + count;
      await until(() => load.answers >= enough);
    };
    await moreAnswers(4);
    await strike(redis);
    await moreAnswers(8);
    await mend(redis);
    await until(async () => (await redisState(one)) === 'up' && (await redisState(other)) === 'up');
    const isShared = async () => {
      const path = coldList();
      const { body } = await one.get(path);
      return (await other.get(path)).body.fetchedAt === body.fetchedAt;
    };
    await until(isShared);
    load.isOver = true;
    await Promise.all(workers);
    expect(wrong).toEqual([]);
  });

  it('leave no timer behind, even when refreshes wait for a call', async () => {
    const clock = new TestClock();
    const emulator = await startEmulator({ rate: 'off', clock });
    pairs.closeAfterwards(() => emulator.close());
    const env = { HSS_RATE: '2/60s' };
    const service = await startService({ emulator, clock, redisUrl: pairs.shared.url, env });
    const paths = [coldList(), coldList()];
    for (const path of paths) await service.get(path);
    // The refreshes get no call: by Redis's time, which does not jump, the rate is used up.
    clock.advance(afterFreshLifeMs);
    for (const path of paths) expect((await service.get(path)).headers.get('cache-status')).toContain('hit');
    await service.close();
    await until(() => clock.pendingTimers === 0);
  });
});
