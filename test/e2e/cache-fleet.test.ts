import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { hangLimitMs, untilInAgreement } from '../support/redis-story.js';
import { adminKey, readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const second = 1_000;
const afterTheFreshLife = 61 * second;
let number = 0;
const coldList = () => `/v1/registry-images?name=cold-${(number += 1)}`;
const coldLocalList = () => `/v1/local-images?name=cold-${(number += 1)}`;
/** After a failure nobody asks for its key for this long; the last one goes on. */
const holdOffsMs = [1, 2, 4, 8, 16, 30].map((seconds) => seconds * second);
const holdOffMs = (failures: number) => holdOffsMs[Math.min(failures, holdOffsMs.length) - 1]!;
/** Answers from before a refresh are this old (in s); those from after it never are, however slow the machine. */
const oldAge = 61;

/** A purge is a promise when all have said in time that they heard of it: a busy machine may need another one. */
async function purged(service: TestService, target?: Record<string, unknown>): Promise<TestAnswer> {
  for (;;) {
    const answer = await service.purge(target);
    if (answer.status !== 202) return answer;
  }
}

describe('the cache of a fleet', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
    services = await Promise.all([1, 2, 3].map(() => startService({ emulator, clock, redisUrl: redis.url })));
    // The first crowd meets code that was never run and connections that are not there yet: seconds in which an
    // instance can be taken for lost.
    await everywhere(coldList(), 50);
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  beforeEach(async () => {
    emulator.faults.clear();
    // Pauses, breakers and hold-offs of the test before are over.
    await pass(10 * 60 * second);
    // The call budget takes such a jump for an outage, and waits until everybody has told of its calls.
    await until(async () => (await everywhere(coldList(), 1)).every(({ status }) => status === 200));
    await purged(services[0]!);
    await emulator.journal.settled();
    emulator.journal.clear();
  });

  const calls = () => emulator.journal.calls().length;

  /** A jump ends whatever waits for Redis at that moment; the instances have to find together again. */
  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await untilInAgreement(...services);
  }

  /** `each` callers at every instance, all at once. */
  function everywhere(path: string, each: number): Promise<TestAnswer[]> {
    return Promise.all(services.flatMap((service) => Array.from({ length: each }, () => service.get(path))));
  }

  const ageOf = ({ headers }: TestAnswer) => Number(headers.get('age'));
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
    await everywhere(path, 5);
    // One, where all of this is done within the hold-off: a busy machine may outlast it, and what it does then too.
    const failed = emulator.journal.calls().map(({ clockMs }) => clockMs);
    expect(failed.length).toBeGreaterThan(0);
    for (const [index, at] of failed.slice(1).entries())
      expect(at - failed[index]!).toBeGreaterThanOrEqual(holdOffMs(index + 1) - 10);
    emulator.faults.clear();
    await pass(holdOffMs(failed.length) + 100);
    await until(async () => (await everywhere(path, 5)).every(({ status }) => status === 200));
    expect(calls()).toBe(failed.length + 1);
  });

  it('answers at once past the fresh life, and refreshes once for the fleet', async () => {
    const path = coldList();
    await everywhere(path, 1);
    await pass(afterTheFreshLife);
    // All have their answers before the refresh has its own, though the machine stalls.
    emulator.faults.schedule({ kind: 'latency', ms: 5_000 });
    const stale = await everywhere(path, 10);
    expect(statuses(stale)).toEqual(new Set([200]));
    for (const { headers } of stale) expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(oldAge);
    await until(() => calls() === 2);
    emulator.faults.clear();
    await until(async () => (await everywhere(path, 1)).every((answer) => ageOf(answer) < oldAge));
    expect(calls()).toBe(2);
  });

  it('gives the old value nowhere once a purge was answered', async () => {
    const path = coldList();
    for (let round = 0; round < 12; round += 1) {
      const before = await everywhere(path, 1);
      const { status, body } = await purged(services[round % 3]!);
      expect([status, body]).toEqual([200, { tag: 'all', missing: [] }]);
      clock.advance(1);
      const purgedAt = clock.now();
      const now = await everywhere(path, 1);
      expect(new Set(now.map(({ body: { fetchedAt } }) => Date.parse(fetchedAt) >= purgedAt))).toEqual(
        new Set([true]),
      );
      expect(before.every(({ body: { fetchedAt } }) => Date.parse(fetchedAt) < purgedAt)).toBe(true);
    }
    expect(calls()).toBe(13);
  });

  const isOlder = ({ body }: TestAnswer, at: number) => Date.parse(body.fetchedAt as string) < at;

  it('takes or forgets what another instance stored, though its own is fresh', async () => {
    const path = coldList();
    for (let round = 0; round < 3; round += 1) {
      await everywhere(path, 1);
      await pass(11 * second);
      const [one, other] = [services[round % 3]!, services[(round + 1) % 3]!];
      const renewed = await one.get(path, { 'Cache-Control': 'no-cache' });
      const at = Date.parse(renewed.body.fetchedAt as string);
      await until(async () => !isOlder(await other.get(path), at));
    }
    expect(calls()).toBe(4);
  });

  it('answers every key it ever fetched while HSS is down, with few calls, and is fresh after one refresh', async () => {
    const paths = [coldList(), coldList(), proxyAgent];
    for (const path of paths) await everywhere(path, 1);
    const all = async () => (await Promise.all(paths.map((path) => everywhere(path, 1)))).flat();
    await pass(5 * 24 * 3_600 * second);
    emulator.journal.clear();
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const downSince = clock.now();
    for (let passed = 0; passed < 60; passed += 5) {
      const answers = await all();
      expect(statuses(answers)).toEqual(new Set([200]));
      for (const answer of answers) {
        expect(ageOf(answer)).toBeGreaterThanOrEqual(5 * 24 * 3_600);
        expect(answer.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=-\d+$/);
        if ('parts' in answer.body)
          expect(answer.body.parts).toMatchObject({ image: { status: 'stale' }, files: { status: 'fresh' } });
      }
      await pass(5 * second);
    }
    // Held off for 1, 2, 4, 8, 16 and 30 s: seven calls a key in a minute, of which the breaker spares some. A busy
    // machine takes longer than that minute.
    let most = 1;
    for (let at = holdOffMs(1); at <= clock.now() - downSince; at += holdOffMs(most)) most += 1;
    expect(calls()).toBeGreaterThan(0);
    expect(calls()).toBeLessThanOrEqual(most * paths.length);

    emulator.faults.clear();
    await pass(60 * second);
    // What the jump cut off has arrived by now. From here on the clock does not jump.
    await emulator.journal.settled();
    emulator.journal.clear();
    const isFresh = ({ headers }: TestAnswer) => !headers.get('cache-status')?.includes('ttl=-');
    await until(async () => (await all()).every(isFresh));
    expect(calls()).toBeLessThanOrEqual(paths.length);
  });

  it('gives what was loaded during a purge to those who waited, and stores it nowhere', async () => {
    for (let isPromised = false; !isPromised;) {
      const path = coldList();
      const name = path.split('=')[1];
      const ofThis = () => emulator.journal.calls().filter(({ query }) => query['image_name'] === name);
      // Not for one call only: that could be one of the test before.
      emulator.faults.schedule({ kind: 'latency', ms: 500 });
      const waiting = [services[0]!.get(path)];
      await until(() => ofThis().length > 0);
      emulator.faults.clear();
      waiting.push(services[0]!.get(path), ...services.slice(1).map((service) => service.get(path)));
      clock.advance(1);
      const purgedAt = clock.now();
      const { status } = await services[1]!.purge({ tag: 'list:registry-images' });
      const answers = await Promise.all(waiting);
      expect(statuses(answers)).toEqual(new Set([200]));
      expect(isOlder(answers[0]!, purgedAt)).toBe(true);
      // Not everybody has said in time that it heard, on a busy machine: then it is done again.
      isPromised = status !== 202;
      if (!isPromised) continue;
      expect(status).toBe(200);
      for (const answer of await everywhere(path, 1)) expect(isOlder(answer, purgedAt)).toBe(false);
      expect(ofThis()).toHaveLength(2);
    }
  });

  it('purges by key, tag, project or all, and nothing else', async () => {
    const registry = '/v1/registry-images?name=purge-me&enterpriseProjectId=all_granted_eps';
    const local = '/v1/local-images?name=purge-me';
    const { region, projectId } = emulator;
    const query = 'enterprise_project_id=all_granted_eps&image_name=purge-me';
    const key = `${region}:${projectId}:default:registry-images-1:registries/images?${query}@0`;
    const cases: [
      target: Record<string, unknown>,
      voids: [registry: boolean, local: boolean, image: boolean],
    ][] = [
      [{ key }, [true, false, false]],
      [{ key: `${key}0` }, [false, false, false]],
      [{ tag: 'list:registry-images' }, [true, false, true]],
      [{ tag: 'list:local-images' }, [false, true, false]],
      [{ tag: `image:${proxyAgent.slice('/v1/images/'.length).split('?')[0]}` }, [false, false, true]],
      [{ tag: 'image:sha256:nobody' }, [false, false, false]],
      [{ project: 'somebody-else' }, [false, false, false]],
      [{ project: projectId }, [true, true, true]],
      [{ project: 'all_granted_eps' }, [true, true, true]],
      [{ tag: `project:${projectId}` }, [true, true, true]],
      [{ all: true }, [true, true, true]],
    ];
    for (const [target, voids] of cases) {
      for (const path of [registry, local, proxyAgent]) await everywhere(path, 1);
      expect((await purged(services[2]!, target)).status).toBe(200);
      const isVoid = async (path: string) =>
        (await everywhere(path, 1)).some(
          ({ headers }) => !headers.get('cache-status')?.startsWith('hss-bff; hit'),
        );
      expect([target, [await isVoid(registry), await isVoid(local), await isVoid(proxyAgent)]]).toEqual([
        target,
        voids,
      ]);
    }
  });

  it('refuses a purge that is none, or by whoever may not, and purges nothing', async () => {
    const path = coldList();
    await everywhere(path, 1);
    const bodies = [
      {},
      { all: false },
      { all: 'true' },
      { key: '' },
      { key: 1 },
      { tag: 'list:hosts' },
      { tag: 'image:' },
      { tag: ['list:local-images'] },
      { project: '' },
      { all: true, key: 'two' },
      { nonsense: true },
      { all: true, nonsense: true },
    ];
    for (const body of bodies) {
      const refused = await services[0]!.purge(body);
      expect([body, refused.status, refused.body.code]).toEqual([body, 400, 'invalid-request']);
    }
    const ask = (headers: Record<string, string>, body: string) =>
      services[0]!.request('/v1/admin/cache/purge', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    expect((await ask({ 'X-API-Key': adminKey }, '{"all":')).status).toBe(400);
    expect((await ask({ 'X-API-Key': adminKey }, '[]')).status).toBe(400);
    expect((await ask({}, '{"all":true}')).status).toBe(401);
    expect((await ask({ 'X-API-Key': readKey }, '{"all":true}')).status).toBe(403);
    for (const { headers } of await everywhere(path, 1))
      expect(headers.get('cache-status')).toMatch(/^hss-bff; hit/);
    expect(calls()).toBe(1);
  });

  it('does not let a slow HSS keep anybody waiting for longer than a second who has something stale', async () => {
    const path = coldList();
    await everywhere(path, 1);
    await pass(afterTheFreshLife);
    emulator.faults.schedule({ kind: 'latency', ms: 3_000 });
    const stale = await services[0]!.get(path, { 'Cache-Control': 'max-stale=0' });
    expect(stale.status).toBe(200);
    expect(ageOf(stale)).toBeGreaterThanOrEqual(oldAge);
    await until(async () => (await everywhere(path, 1)).every((answer) => ageOf(answer) < oldAge));
    expect(calls()).toBe(2);
  });

  it('takes content for stale at once when a list shows a newer scan, and else does not ask for it', async () => {
    const digest = proxyAgent.slice('/v1/images/'.length).split('?')[0]!;
    const filesCalls = () => emulator.journal.calls('ListImageFiles').length;
    const [one] = services as [TestService];
    const before = await one.get(proxyAgent);
    expect(before.body.parts.files.status).toBe('fresh');
    for (let days = 0; days < 3; days += 1) {
      await pass(24 * 3_600 * second);
      await until(async () => ageOf(await one.get(`${proxyAgent}&include=image`)) < oldAge);
    }
    expect(filesCalls()).toBe(1);
    emulator.data.rescan(digest, clock.now(), {
      files: [{ file_name: 'found by the new scan', file_path: '/', size: 1 }],
    });
    await pass(afterTheFreshLife);
    emulator.faults.schedule({ kind: 'latency', ms: 1_000, api: 'ListImageFiles' });
    await until(async () => (await one.get(proxyAgent)).body.parts.files.status === 'stale');
    await until(async () => (await one.get(proxyAgent)).body.parts.files.status === 'fresh');
    const after = await one.get(proxyAgent);
    expect(after.body.files.items).toMatchObject([{ name: 'found by the new scan' }]);
    expect(filesCalls()).toBe(2);
  });

  it('gives every key in Redis a time to live', async () => {
    emulator.faults.schedule({ kind: 'status', status: 500, api: 'ListImageLocal' });
    await everywhere(proxyAgent, 1);
    await services[0]!.purge({ tag: 'list:local-images' });
    let keys: string[] = [];
    const has = (what: string) => keys.some((key) => key.endsWith(what));
    // A failure is there for as long as its hold-off: a second, which a busy machine may miss.
    await until(async () => {
      await everywhere(coldLocalList(), 1);
      keys = (await redis.cli('KEYS', '*:cache:*')) as string[];
      for (const key of keys) expect([key, await redis.cli('PTTL', key)]).not.toEqual([key, -1]);
      return has(':failure');
    });
    for (const what of [':value', ':{fleet}:purges', ':{fleet}:generation', ':{fleet}:instances'])
      expect([what, has(what)]).toEqual([what, true]);
  });
});

describe('a fleet and its Redis', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let shared: RedisProcess;

  beforeAll(async () => {
    shared = await startRedis();
    // In its first two seconds it may be one that has lost its accounts: the budget would wait for who knows them.
    await until(
      async () => Number(/uptime_in_seconds:(\d+)/.exec(String(await shared.cli('INFO')))?.[1]) > 2,
    );
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await shared.cli('FLUSHALL');
  });

  afterAll(() => shared.stop());

  async function mortalRedis(): Promise<RedisProcess> {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    return redis;
  }

  interface SetUp {
    isLinked?: boolean;
    redis?: RedisProcess;
    redisLimitMs?: number;
  }

  async function setUp({ isLinked = false, redis = shared, ...limit }: SetUp = {}) {
    const clock = new TestClock();
    const emulator = await startEmulator({ rate: 'off', clock });
    closing.push(() => emulator.close());
    let link: SeverableLink | undefined;
    if (isLinked) {
      link = await linkTo(redis.port);
      closing.push(() => link!.close());
    }
    const services: TestService[] = [];
    for (const port of [redis.port, link?.port ?? redis.port]) {
      const service = await startService({
        emulator,
        clock,
        redisUrl: `redis://127.0.0.1:${port}`,
        ...limit,
      });
      closing.push(() => service.close());
      services.push(service);
    }
    const [one, other] = services as [TestService, TestService];
    await untilInAgreement(one, other);
    return { clock, emulator, link: link!, one, other };
  }

  /** Whoever is not heard of for three seconds is taken for dead, and a busy machine may be that slow: they were now. */
  async function heardOfNow(): Promise<void> {
    const [instances = ''] = (await shared.cli('KEYS', '*:{fleet}:instances')) as string[];
    const [seconds] = (await shared.cli('TIME')) as [string];
    for (const name of (await shared.cli('ZRANGE', instances, '0', '-1')) as string[])
      await shared.cli('ZADD', instances, 'XX', 'GT', `${seconds}000`, name);
  }

  const redisOf = async (service: TestService) => (await service.get('/health')).body.redis as string;
  const partOf = async (service: TestService) => {
    const { status, body } = await service.get(`${proxyAgent}&include=image`);
    expect(status).toBe(200);
    return body.parts.image as { status: string; fetchedAt: string };
  };

  it('marks what it serves from memory as stale while cut off, and takes what it missed', async () => {
    const { clock, emulator, link, one, other } = await setUp({ isLinked: true });
    await partOf(one);
    const old = await partOf(other);
    expect(old.status).toBe('fresh');
    link.cut();
    await until(async () => (await redisOf(other)) === 'down');
    expect(await partOf(other)).toMatchObject({ status: 'stale', fetchedAt: old.fetchedAt });
    expect(await partOf(one)).toMatchObject({ status: 'fresh' });
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(1);

    // It cannot be told of a purge: whoever asked for that learns which one it was.
    clock.advance(2);
    const purgedAt = clock.now();
    await heardOfNow();
    const { status: accepted, body } = await one.purge();
    expect([accepted, body.missing.length]).toEqual([202, 1]);
    await partOf(one);
    link.mend();
    await until(async () => {
      const { status, fetchedAt } = await partOf(other);
      // Never as fresh what it held.
      expect(status === 'stale' || Date.parse(fetchedAt) >= purgedAt).toBe(true);
      return status === 'fresh';
    });
    await until(async () => (await partOf(other)).fetchedAt === (await partOf(one)).fetchedAt);
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(2);
  });

  it('still have what they held when another instance had renewed it just before Redis died', async () => {
    const redis = await mortalRedis();
    const { clock, emulator, one, other } = await setUp({ redis });
    const path = coldList();
    await one.get(path);
    const old = await other.get(path);
    clock.advance(11 * second);
    await untilInAgreement(one, other);
    const renewed = await one.get(path, { 'Cache-Control': 'no-cache' });
    expect(renewed.body.fetchedAt).not.toBe(old.body.fetchedAt);
    // The news reaches the other one, which is not asked for it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await redis.kill();
    await until(async () => (await redisOf(other)) === 'down');
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const answer = await other.get(path);
    expect([answer.status, answer.body.fetchedAt]).toEqual([200, old.body.fetchedAt]);
    // One of each instance at the most, and the one that renewed it.
    expect(emulator.journal.calls()).toHaveLength(2);
  });

  it('take content for stale when one of them has seen a newer scan', async () => {
    const { clock, emulator, one, other } = await setUp();
    const [image = '', coordinates = ''] = proxyAgent.split('?');
    const files = `${image}/files?${coordinates}`;
    const firstFile = async (service: TestService) => (await service.get(files)).body.items[0].name as string;
    await Promise.all([one, other].map((service) => service.get(files)));
    // To another second, in which HSS scans again.
    const pass = async () => {
      clock.advance(second);
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

  it('give what HSS has just said for fresh, though they are cut off', async () => {
    const { clock, emulator, link, other } = await setUp({ isLinked: true });
    await partOf(other);
    link.cut();
    await until(async () => (await redisOf(other)) === 'down');
    clock.advance(11 * second);
    emulator.journal.clear();
    // All five wait for it.
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
  ])('fail no request when it %s under load, and agree again', async (what, strike, mend) => {
    const redis = what === 'is killed' ? await mortalRedis() : shared;
    const { one, other } = await setUp({ redis, redisLimitMs: hangLimitMs });
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
    await until(async () => (await redisOf(one)) === 'up' && (await redisOf(other)) === 'up');
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

  it('leave no timer behind, refreshes that wait for a call included', async () => {
    const clock = new TestClock();
    const emulator = await startEmulator({ rate: 'off', clock });
    closing.push(() => emulator.close());
    const env = { HSS_RATE: '2/60s' };
    const service = await startService({ emulator, clock, redisUrl: shared.url, env });
    const paths = [coldList(), coldList()];
    for (const path of paths) await service.get(path);
    // Their refreshes find no call: the rate is used up by Redis's time.
    clock.advance(afterTheFreshLife);
    for (const path of paths) expect((await service.get(path)).headers.get('cache-status')).toContain('hit');
    await service.close();
    await until(() => clock.pendingTimers === 0);
  });
});
