import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { seal, unseal } from '../../src/bytes/sealed-bytes.js';
import { Cache } from '../../src/cache/create-cache.js';
import { HotAnswers } from '../../src/http/hot-answers.js';
import { purgeAcknowledged } from '../support/cache-fleet.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { untilAccountsAreTrusted, untilInAgreement } from '../support/redis-story.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const [image = '', coordinates = ''] = proxyAgent.split('?');
const digest = image.split('/').at(-1)!;
const files = `${image}/files?${coordinates}&limit=3`;
const list = '/v1/registry-images?name=proxy-agent&limit=5';
const second = 1_000;
const blindKey = 'a-key-that-sees-no-hosts';

describe('answers as bytes in Redis', () => {
  const clock = new TestClock();
  const file = new MountedFile(fileOf(entry('blind', { key: blindKey, scopes: ['read'] })));
  let redis: RedisProcess;
  let client: Redis;
  let emulator: Emulator;
  let first: TestService;
  let others: TestService[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
    await untilAccountsAreTrusted(redis);
    emulator = await startEmulator({ rate: 'off', totalRate: 'off', clock });
    first = await anInstance();
  });

  afterAll(async () => {
    await first.close();
    await emulator.close();
    client.disconnect();
    await redis.stop();
    file.close();
  });

  beforeEach(async () => {
    await pass(70 * second);
    await purgeAcknowledged(first);
    for (const key of await answerKeys()) await client.del(key);
    emulator.journal.clear();
  });

  afterEach(async () => {
    for (const service of others) await service.close();
    others = [];
  });

  const anInstance = (env: Record<string, string> = {}) =>
    startService({
      emulator,
      clock,
      redisUrl: redis.url,
      env: { CONSUMERS_FILE: file.path, ...env },
    });

  /** An instance that has nothing in memory, like one that has just started again. */
  async function another(env: Record<string, string> = {}): Promise<TestService> {
    const service = await anInstance(env);
    others.push(service);
    await untilInAgreement(service);
    return service;
  }

  /** Moves the clock on, and waits until the instances agree again. */
  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await untilInAgreement(first, ...others);
  }

  /**
   * An instance whose first answer comes from Redis. On a busy machine an instance can be out of touch with the fleet
   * for a moment, and then makes its answer itself.
   */
  async function servedFromRedis(path: string): Promise<{ service: TestService; answer: TestAnswer }> {
    for (;;) {
      const service = await another();
      const answer = await service.get(path);
      if (found(service) === 1) return { service, answer };
    }
  }

  const answerKeys = () => client.keys('hss-bff:answers:*');
  const found = (service: TestService) => service.part(HotAnswers).found;
  const calls = () => emulator.journal.calls().length;

  /** Requests the path at the first instance until its answer lies in Redis. */
  async function store(path: string, headers: Record<string, string> = {}): Promise<TestAnswer> {
    const before = (await answerKeys()).length;
    let answer = await first.get(path, headers);
    await until(async () => {
      answer = await first.get(path, headers);
      return (await answerKeys()).length > before;
    });
    return answer;
  }

  /** The answer without the parts that depend on the time. */
  const lasting = ({ status, text, headers }: TestAnswer) => {
    const { date, age, 'x-request-id': id, ...rest } = Object.fromEntries(headers);
    const timed = [date, age, id].map((value) => typeof value);
    const withoutNumbers = ['cache-status', 'cache-control'].map((name) => rest[name]?.replace(/\d+/g, 'N'));
    return {
      status,
      text,
      timed,
      headers: { ...rest, 'cache-status': '', 'cache-control': '' },
      withoutNumbers,
    };
  };

  it.each([list, files, proxyAgent, '/v1/local-images?limit=2', '/v1/registry-images?limit=200'])(
    'are the first answer of another instance: %s',
    async (path) => {
      const stored = await store(path);
      emulator.journal.clear();
      const { service, answer } = await servedFromRedis(path);
      expect(lasting(answer)).toEqual(lasting(stored));
      expect(calls()).toBe(0);
      // The answer is in memory now, and grows older there.
      await pass(5 * second);
      const later = await service.get(path);
      expect(later.text).toBe(stored.text);
      expect(Number(later.headers.get('age'))).toBeGreaterThanOrEqual(5);
    },
  );

  it('end by themselves, and lie under few keys', async () => {
    for (let each = 1; each <= 6; each += 1) await store(`/v1/registry-images?limit=${each}`);
    for (const key of await answerKeys()) {
      expect(key).toMatch(/^hss-bff:answers:[0-9a-f]{16}:\d{1,4}$/);
      const ttlMs = await client.pttl(key);
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(60 * second);
    }
  });

  it('are not stored for a URL that is requested once', async () => {
    for (let offset = 0; offset < 9; offset += 1)
      await first.get(`/v1/registry-images?limit=1&offset=${offset}`);
    await store(list);
    expect(await answerKeys()).toHaveLength(1);
  });

  it('serve an instance whose memory is too small for them', async () => {
    const service = await another({ CACHE_MEMORY: '64KiB' });
    const paths = Array.from(
      { length: 20 },
      (_, index) => `${list}&updatedAfter=${946_684_800_000 + index}&updatedBefore=4000000000000`,
    );
    await until(async () => {
      for (const path of paths) await service.get(path);
      return found(service) >= paths.length;
    });
    expect(calls()).toBe(paths.length);
  });

  it('are void on every instance after a purge at another one', async () => {
    const before = await store(list);
    const { service } = await servedFromRedis(list);
    const keys = await answerKeys();
    const bytes = await client.getBuffer(keys[0]!);
    await purgeAcknowledged(service, { tag: 'list:registry-images' });
    const counted = found(service);
    // As if the instance that deletes purged bytes had not done so yet.
    await client.set(keys[0]!, bytes!, 'PX', 60_000);
    const started = await another();
    for (const each of [service, first, started]) {
      const answer = await each.get(list);
      expect(answer.body.fetchedAt > before.body.fetchedAt).toBe(true);
    }
    expect([found(service), found(started)]).toEqual([counted, 0]);
  });

  it('are deleted from Redis after a purge', async () => {
    await store(list);
    await purgeAcknowledged(first, { tag: 'list:registry-images' });
    await until(async () => {
      await pass(5 * second);
      return (await answerKeys()).length === 0;
    });
  });

  it('are void when another instance has read a newer value', async () => {
    const before = await store(list);
    await pass(11 * second);
    const renewed = await (await another()).get(list, { 'Cache-Control': 'max-age=1' });
    expect(renewed.body.fetchedAt > before.body.fetchedAt).toBe(true);
    const service = await another();
    expect((await service.get(list)).body.fetchedAt).toBe(renewed.body.fetchedAt);
    expect(found(service)).toBe(0);
  });

  it('end with the fresh life of what they were made from', async () => {
    await store(list);
    await pass(61 * second);
    const service = await another();
    const answer = await service.get(list);
    expect(found(service)).toBe(0);
    expect(answer.headers.get('cache-status')).toMatch(/ttl=-\d+$/);
  });

  it('tell of newer scans, which make the content in Redis void', async () => {
    const old = await store(files);
    await pass(second);
    emulator.data.rescan(digest, clock.now(), { files: [{ file_name: 'new', file_path: '/', size: 1 }] });
    await pass(second);
    const otherList = '/v1/registry-images?name=proxy-agent&limit=6';
    await store(otherList);
    const { service } = await servedFromRedis(otherList);
    // HSS is slower than the answer that is held, which is marked as old then.
    await until(async () => (await service.get(files)).text !== old.text);
    const shown = await service.get(files);
    expect(shown.body.items.map(({ name }: { name: string }) => name)).toEqual(['new']);
    expect(found(service)).toBe(1);
  });

  it('are apart for consumers who see different data', async () => {
    const path = proxyAgent;
    await store(path);
    const { service } = await servedFromRedis(path);
    const blind = await service.get(path, { 'X-API-Key': blindKey });
    expect([found(service), blind.status]).toEqual([1, 200]);
  });

  it('are apart for instances that give different links', async () => {
    const path = '/v1/registry-images?limit=5';
    const stored = await store(path);
    const service = await another({ PUBLIC_BASE_PATH: '/hss' });
    const answer = await service.get(path);
    expect(found(service)).toBe(0);
    expect([stored.body.next, answer.body.next].map((next: string) => next.slice(0, 4))).toEqual([
      '/v1/',
      '/hss',
    ]);
  });

  it.each([{ REGISTRY_HOSTS: 'registry.example' }, { TTL_CONTENT: '1d' }])(
    'are apart for instances with other settings: %o',
    async (env) => {
      await store(list);
      const service = await another(env);
      await service.get(list);
      expect(found(service)).toBe(0);
    },
  );

  const damages: [string, (key: string) => Promise<unknown>][] = [
    ['garbage', (key) => client.set(key, 'garbage\n\n{}\n', 'PX', 60_000)],
    ['nothing', (key) => client.set(key, '', 'PX', 60_000)],
    ['another type', async (key) => (await client.del(key), client.lpush(key, 'x'))],
    [
      'a changed byte',
      async (key) => {
        const bytes = (await client.getBuffer(key))!;
        bytes[bytes.length - 3]! ^= 1;
        await client.set(key, bytes, 'PX', 60_000);
      },
    ],
    [
      'half of the bytes',
      async (key) => {
        const bytes = (await client.getBuffer(key))!;
        await client.set(key, bytes.subarray(0, bytes.length / 2), 'PX', 60_000);
      },
    ],
  ];

  it.each(damages)('are made anew when the key holds %s', async (_name, damage) => {
    const stored = await store(list);
    const [key = ''] = await answerKeys();
    await damage(key);
    const service = await another();
    expect((await service.get(list)).text).toBe(stored.text);
    expect(found(service)).toBe(0);
    expect(calls()).toBe(1);
  });

  const strange: [string, string][] = [
    ['no rows', '{}'],
    ['rows of another form', '{"items":[null,{"imageId":1,"digest":2}]}'],
    ['no JSON', 'x'],
  ];

  it.each(strange)('are made anew when a body of a list has %s', async (_name, body) => {
    const stored = await store(list);
    const [key = ''] = await answerKeys();
    const { label, body: whole } = unseal((await client.getBuffer(key))!, { coversLabel: true })!;
    // The fences, and the head.
    const [fences, head] = whole.toString('latin1').split('\n', 2);
    const other = seal(label, Buffer.from(`${fences}\n${head}\n${body}`), { coversLabel: true });
    const service = await another();
    await client.set(key, other, 'PX', 60_000);
    expect((await service.get(list)).text).toBe(stored.text);
  });

  it('are not needed: an instance answers while Redis is away', async () => {
    await store(list);
    // This instance has sent bytes of another one only.
    const { service } = await servedFromRedis(list);
    await until(() => service.part(Cache).tiers.memory.count > 0);
    await redis.kill();
    expect((await service.get(list)).status).toBe(200);
    expect((await first.get(list)).status).toBe(200);
    await redis.start();
    await untilInAgreement(first, service);
  });
});
