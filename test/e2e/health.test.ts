import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { CatalogReplay } from '../../src/catalog/model/catalog-replay.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilUp } from '../support/redis-story.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const watcher = { headers: { 'X-API-Key': adminKey } };
const health = async (service: TestService) => (await service.request('/health')).body;
const isReady = async (service: TestService) => (await service.request('/health/ready')).status === 200;
const partsOf = async (service: TestService) =>
  ((await health(service)).reasons as { part: string }[]).map(({ part }) => part);

describe('/health', () => {
  const clock = TestClock.still();
  const story = useEmulatedService({ clock });
  const fail = (status: number) => story.emulator.faults.schedule({ kind: 'status', status, times: 1_000 });

  it('is ok while nothing is wrong, with words and times only', async () => {
    expect(await health(story.service)).toEqual({
      status: 'ok',
      since: null,
      reasons: [],
      redis: 'not-configured',
    });
  });

  it('names trouble of HSS and since when, until a call succeeds', async () => {
    const since = new Date(clock.now()).toISOString();
    fail(429);
    await story.service.get('/v1/registry-images?name=a');
    clock.advance(120_000);
    const expected = { part: 'hss', why: 'upstream-throttled', since };
    expect(await health(story.service)).toMatchObject({ status: 'degraded', since, reasons: [expected] });
    expect(await isReady(story.service)).toBe(true);
    story.emulator.faults.clear();
    await story.service.get('/v1/registry-images?name=b');
    expect(await health(story.service)).toMatchObject({ status: 'ok', since: null });
  });

  it('shows details to a key of the scope watch alone', async () => {
    fail(500);
    await story.service.get('/v1/local-images?name=a');
    expect((await story.service.get('/health')).body.details).toBeUndefined();
    const { body } = await story.service.request('/health', watcher);
    expect(body.details).toMatchObject({
      release: expect.stringMatching(/^\d+\.\d+\.\d+/),
      hss: [{ api: 'ListImageLocal', part: 'hss', why: 'upstream-unavailable' }],
      catalog: null,
    });
  });

  it('refuses a wrong key, so that no key can be guessed here', async () => {
    const wrong = { headers: { 'X-API-Key': 'wrong-key-0123456789' } };
    expectProblem(await story.service.request('/health', wrong), { status: 401, code: 'unauthenticated' });
    expect((await story.service.request('/health/ready', wrong)).status).toBe(200);
  });

  it('is ready 10 s after the start with an unread catalog', async () => {
    const replay = story.service.part(CatalogReplay);
    const starting = await startService({ emulator: story.emulator, clock });
    starting.part(CatalogReplay).start();
    expect((await starting.request('/health/ready')).body).toEqual({
      status: 'starting',
      waitingFor: 'catalog',
    });
    clock.advance(9_999);
    expect(await isReady(starting)).toBe(false);
    clock.advance(1);
    expect(await isReady(starting)).toBe(true);
    expect(replay.isStarting).toBe(false);
    await starting.close();
  });
});

describe('/health with a refused credential', () => {
  const story = useEmulatedService({ env: { CLOUD_SDK_SK: 'not-the-secret-key' } });

  it('says so, and stays ready', async () => {
    await story.service.get('/v1/registry-images');
    expect(await partsOf(story.service)).toEqual(['credential']);
    expect(await isReady(story.service)).toBe(true);
  });
});

describe('/health with an IAM that fails', () => {
  const story = useEmulatedService({ env: { HSS_AUTH: 'iam' } });

  it('says so until a token is there, and stays ready', async () => {
    story.emulator.faults.schedule({ api: 'CreateToken', kind: 'status', status: 500, times: 1_000 });
    await story.service.get('/v1/registry-images');
    expect(await partsOf(story.service)).toEqual(['iam']);
    const { text } = await story.service.request('/metrics', watcher);
    expect(text).toMatch(/^hss_bff_iam_calls_total\{result="upstream-unavailable"\} [1-9]/m);
    expect(await isReady(story.service)).toBe(true);
  });
});

describe('/health with Redis and a consumers file', () => {
  const clock = new TestClock();
  let [redis, emulator, service, file] = [] as unknown as [RedisProcess, Emulator, TestService, MountedFile];
  const good = fileOf(entry('dashboard', { key: 'file-key-0123456789', scopes: ['read'] }));

  beforeAll(async () => {
    [redis, emulator] = [await startRedis(), await startEmulator({ rate: 'off', clock })];
    file = new MountedFile(good);
    service = await startService({
      ...{ emulator, clock, redisUrl: redis.url },
      env: { CONSUMERS_FILE: file.path },
    });
    await untilUp(service);
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
    await redis.stop();
    file.close();
  });

  it('says since when the file is faulty, and that it is right again', async () => {
    const isFaulty = async () => {
      clock.advance(5_000);
      return (await partsOf(service)).includes('consumers-file');
    };
    file.write(fileOf(entry('dashboard', { key: 'file-key-0123456789', scopes: ['nothing'] })));
    await until(isFaulty);
    file.write(good);
    await until(async () => !(await isFaulty()));
  });

  it('says that Redis is down, and stays ready', async () => {
    await redis.stop();
    await until(async () => (await partsOf(service)).includes('redis'));
    expect(await health(service)).toMatchObject({
      status: 'degraded',
      redis: 'down',
      reasons: [{ part: 'redis', why: 'down', since: expect.stringMatching(/Z$/) }],
    });
    expect(await isReady(service)).toBe(true);
  });
});
