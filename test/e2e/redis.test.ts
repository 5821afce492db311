import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import {
  hangLimitMs,
  logOnceUp,
  redisLog,
  redisState,
  untilInAgreement,
  statesButDown,
  untilUp,
} from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { unusedPort } from '../support/unused-port.js';

let lists = 0;
const anotherList = () => `/v1/registry-images?name=list-${(lists += 1)}`;

describe('the service with Redis', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function emulate(): Promise<Emulator> {
    const emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
    closing.push(() => emulator.close());
    return emulator;
  }

  async function redisServer(...options: Parameters<typeof startRedis>): Promise<RedisProcess> {
    const redis = await startRedis(...options);
    closing.push(() => redis.stop());
    return redis;
  }

  async function serve(options: Parameters<typeof startService>[0]): Promise<TestService> {
    const service = await startService({ ...options, env: { REQUEST_DEADLINE: '10m' } });
    closing.push(() => service.close());
    return service;
  }

  /** Sends requests one after the other. A request that waited for Redis would be held until after the end of the test. */
  async function expectAnswers(service: TestService, count: number): Promise<void> {
    for (let request = 0; request < count; request += 1)
      expect((await service.get(anotherList())).status).toBe(200);
  }

  const entries = async (redis: RedisProcess) => (await redis.cli('KEYS', '*:cache:*:value')) as string[];

  it('answers from a warm Redis after a restart, without a call', async () => {
    const emulator = await emulate();
    const { url: redisUrl } = await redisServer();
    const path = `${proxyAgent}&include=image,baseOs,files,hosts`;
    const before = await startService({ emulator, redisUrl });
    await untilInAgreement(before);
    const first = await before.get(path);
    await before.close();
    emulator.journal.clear();
    const after = await serve({ emulator, redisUrl });
    await untilInAgreement(after);
    const second = await after.get(path);
    expect(second.status).toBe(200);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(second.headers.get('cache-status')).toContain('hit');
    expect(emulator.journal.entries).toHaveLength(0);
  });

  it('shares answers between two instances, with digits beyond 2^53', async () => {
    const emulator = await emulate();
    emulator.data.addRegistryImage({ id: 9223372036854775807n, image_name: 'big-id' }, { at: 'first' });
    const { url: redisUrl } = await redisServer();
    const [one, other] = [await serve({ emulator, redisUrl }), await serve({ emulator, redisUrl })];
    await untilInAgreement(one, other);
    const path = '/v1/registry-images?limit=200';
    const texts = [(await one.get(path)).text, (await other.get(path)).text];
    expect(texts[0]).toContain('"9223372036854775807"');
    expect(texts[1]).toBe(texts[0]);
    expect(emulator.journal.entries).toHaveLength(1);
  });

  it('gives every key a time to live', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await serve({ emulator, redisUrl: redis.url });
    await service.get(`${proxyAgent}&include=image,baseOs,files,hosts`);
    await service.get('/v1/images/no-such-image/files?type=cicd');
    // One script reads all keys at the same moment: some keys live for a second only.
    const script =
      "local all = {} for i, key in ipairs(redis.call('KEYS', '*')) do all[i] = {key, redis.call('PTTL', key)} end return all";
    const lives = (await redis.cli('EVAL', script, '0')) as [key: string, ttlMs: number][];
    expect(lives.length).toBeGreaterThan(4);
    for (const ofBudget of ['account:', 'members', 'total:'])
      expect(lives.some(([key]) => key.includes(`:{budget}:${ofBudget}`))).toBe(true);
    for (const [, ttlMs] of lives) {
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(14 * 24 * 3_600_000);
    }
  });

  it('treats a garbage entry in Redis as a miss, and replaces it', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const first = await startService({ emulator, redisUrl: redis.url });
    const path = anotherList();
    const { text } = await first.get(path);
    await first.close();
    const keys = await entries(redis);
    expect(keys.length).toBeGreaterThan(0);
    const spoil: ((key: string) => string[])[] = [
      (key) => ['SET', key, 'garbage'],
      (key) => ['SET', key, ''],
      (key) => ['SET', key, '1 2 3\n{"rows":['],
      (key) => ['SETRANGE', key, '0', '\u0000\ufffd'],
      (key) => ['HSET', key, 'field', 'value'],
    ];
    for (const command of spoil) {
      for (const key of keys) {
        if (command(key)[0] === 'HSET') await redis.cli('DEL', key);
        await redis.cli(...command(key));
      }
      emulator.journal.clear();
      const service = await startService({ emulator, redisUrl: redis.url });
      const answer = await service.get(path);
      expect([answer.status, answer.text.replace(/"fetchedAt":"[^"]*"/, '')]).toEqual([
        200,
        text.replace(/"fetchedAt":"[^"]*"/, ''),
      ]);
      expect(emulator.journal.entries).toHaveLength(1);
      await service.close();
      for (const key of keys) expect(await redis.cli('GET', key)).toMatch(/^\d{16} [0-9a-f]{8}\n/);
    }
  });

  it('ignores garbage in place of a failure or a message', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await serve({ emulator, redisUrl: redis.url });
    let path = '';
    let key: string | undefined;
    // Redis keeps a failure for a second, which may be over before the look: then the next turn stores another failure.
    // The good answers between the failures keep the breaker closed.
    while (key === undefined) {
      expect((await service.get(anotherList())).status).toBe(200);
      path = anotherList();
      emulator.faults.schedule({ kind: 'status', status: 500, times: 1 });
      expect((await service.get(path)).status).toBe(503);
      [key] = (await redis.cli('KEYS', '*:cache:*:failure')) as string[];
    }
    const other = await serve({ emulator, redisUrl: redis.url });
    for (const garbage of ['garbage', '', '1 {"code":', '1 null', 'NaN {}']) {
      await redis.cli('SET', key, garbage, 'PX', '60000');
      expect((await other.get(path)).status).toBe(200);
      await other.purge();
    }
    const channel = `${key.slice(0, key.indexOf(':cache:'))}:cache:news`;
    await until(async () => ((await redis.cli('PUBSUB', 'NUMSUB', channel)) as unknown[])[1] === 2);
    for (const garbage of ['garbage', '', 'null', '[]', '["failed","x","{"]', '["failed",1]', '["stored"]'])
      expect(await redis.cli('PUBLISH', channel, garbage)).toBe(2);
    expect((await other.get(anotherList())).status).toBe(200);
    expect(other.logText()).not.toContain('"level":50');
  });

  it('starts without Redis, and uses Redis as soon as it is there', async () => {
    const emulator = await emulate();
    const port = await unusedPort();
    const service = await serve({ emulator, redisUrl: `redis://127.0.0.1:${port}` });
    expect(await redisState(service)).toBe('down');
    expect((await service.get(proxyAgent)).status).toBe(200);
    await expectAnswers(service, 10);
    const redis = await redisServer({ port });
    await untilUp(service);
    // A machine that stalls makes Redis miss its limit, and an answer goes unkept: the next one is kept.
    await until(async () => {
      await service.get(anotherList());
      return (await entries(redis)).length > 0;
    });
    expect(redisLog(service)).toContain('up');
  });

  it('starts while Redis hangs', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    redis.pause();
    // Redis hangs until the test resumes it: a service that waited for Redis would not start.
    const service = await serve({ emulator, redisUrl: redis.url, redisLimitMs: hangLimitMs });
    await expectAnswers(service, 3);
    redis.resume();
    await untilUp(service);
  });

  it('fails no request when Redis is killed under load, and uses Redis again afterwards', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await serve({ emulator, redisUrl: redis.url });
    // After a start of Redis, the budget first waits a moment for instances that know earlier calls.
    await service.get(anotherList());
    const statuses: number[] = [];
    const worker = async () => {
      for (let request = 0; request < 15; request += 1) {
        statuses.push((await service.get(anotherList())).status);
        if (statuses.length === 50) await redis.kill();
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    expect(statuses).toHaveLength(150);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(redis.running).toBe(false);
    expect(await redisState(service)).toBe('down');
    await redis.start();
    await untilUp(service);
    await service.get(anotherList());
    await until(async () => (await entries(redis)).length > 0);
    // On a busy machine the log may have earlier states.
    expect(logOnceUp(service).slice(-2)).toEqual(['down', 'up']);
  });

  it('waits once for a Redis that hangs, and uses Redis again afterwards', async () => {
    const clock = new TestClock();
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await serve({ emulator, clock, redisUrl: redis.url, redisLimitMs: hangLimitMs });
    await untilUp(service);
    await service.get(anotherList());
    redis.pause();
    const waiting = service.get(proxyAgent);
    await until(() => statesButDown(service).at(-1) === 'hanging');
    expect((await waiting).status).toBe(200);
    await expectAnswers(service, 20);
    expect(statesButDown(service).slice(-2)).toEqual(['up', 'hanging']);
    redis.resume();
    await untilUp(service);
    const { length } = await entries(redis);
    await until(async () => {
      await service.get(anotherList());
      return (await entries(redis)).length > length;
    });
    expect(statesButDown(service).slice(-3)).toEqual(['up', 'hanging', 'up']);
  });

  it('gives up a connection that hangs for seconds, and finds the restarted Redis', async () => {
    const clock = new TestClock();
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await serve({ emulator, clock, redisUrl: redis.url, redisLimitMs: hangLimitMs });
    await untilUp(service);
    redis.pause();
    await service.get(anotherList());
    clock.advance(3_000);
    await until(() => logOnceUp(service).includes('down'));
    await expectAnswers(service, 5);
    await redis.restart();
    await untilUp(service);
    expect(logOnceUp(service).slice(-4)).toEqual(['up', 'hanging', 'down', 'up']);
  });

  it('works with a password, and without Redis if the password is wrong', async () => {
    const emulator = await emulate();
    const redis = await redisServer({ password: 'Redis-Secret-1' });
    const right = await serve({ emulator, redisUrl: redis.url });
    await untilUp(right);
    const wrong = await serve({ emulator, redisUrl: redis.url.replace('Redis-Secret-1', 'Wrong-Secret-1') });
    await expectAnswers(wrong, 5);
    expect(await redisState(wrong)).toBe('down');
    expect(logOnceUp(wrong)).toEqual(['down']);
    for (const service of [right, wrong]) expect(service.logText()).not.toMatch(/Secret-1/);
  });

  it('closes while Redis hangs', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const service = await startService({ emulator, redisUrl: redis.url, redisLimitMs: hangLimitMs });
    redis.pause();
    await service.close();
    redis.resume();
  });
});
