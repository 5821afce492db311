import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import type { JournalEntry } from '../../emulator/traffic/journal.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilUp } from '../support/redis-story.js';
import { adminKey, readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const hour = 60 * minute;
const wrongSk = { CLOUD_SDK_SK: 'wrongSecretKeyThatOpensNothing0000000001' };

/** A list that nobody asked for before. */
let lists = 0;
const anotherList = () => `/v1/registry-images?name=list-${(lists += 1)}`;

describe('signing in to HSS', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function emulate(options: EmulatorOptions = {}): Promise<Emulator> {
    const emulator = await startEmulator({ rate: 'off', totalRate: 'off', ...options });
    closing.push(() => emulator.close());
    return emulator;
  }

  async function serve(...options: Parameters<typeof startService>): Promise<TestService> {
    const service = await startService(...options);
    closing.push(() => service.close());
    return service;
  }

  async function redisServer(): Promise<RedisProcess> {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    return redis;
  }

  const hssCalls = ({ journal }: Emulator) => journal.calls().filter(({ api }) => api !== 'CreateToken');
  const refusals = ({ journal }: Emulator) => journal.calls().filter(({ outcome }) => outcome === 401);

  function expectRefusedWithoutBlame({ status, body }: TestAnswer): void {
    expect(status).toBe(502);
    expect(body).toMatchObject({ code: 'upstream-unauthorized' });
  }

  const ways: [string, (emulator: Emulator) => Record<string, string>][] = [
    ['AK/SK', () => ({})],
    [
      'temporary keys',
      ({ credentials: { temporary } }) => ({
        CLOUD_SDK_AK: temporary!.ak,
        CLOUD_SDK_SK: temporary!.sk,
        CLOUD_SDK_SECURITY_TOKEN: temporary!.securityToken,
      }),
    ],
    ['an IAM user', () => ({ HSS_AUTH: 'iam' })],
    ['a fixed token', () => ({ HSS_AUTH: 'token' })],
  ];

  it.each(ways)('works with %s, for all four calls', async (name, envFor) => {
    const emulator = await emulate();
    const service = await serve({ emulator, env: envFor(emulator) });
    const answer = await service.get(`${proxyAgent}&include=image,baseOs,files,hosts`);
    expect(answer.status).toBe(200);
    const statuses = Object.values(answer.body.parts).map((part) => (part as { status: string }).status);
    expect(statuses).toEqual(['fresh', 'fresh', 'fresh', 'fresh']);
    expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([200, 200, 200, 200]);
    expect(emulator.journal.calls('CreateToken')).toHaveLength(name === 'an IAM user' ? 1 : 0);
  });

  it('signs what identifies the call, and the security token of temporary keys', async () => {
    const emulator = await emulate();
    const temporary = ways[1]![1](emulator);
    const service = await serve({ emulator, env: temporary });
    await service.get(anotherList());
    expect(hssCalls(emulator)[0]?.signedHeaders).toEqual([
      'host',
      'region',
      'x-project-id',
      'x-sdk-date',
      'x-security-token',
    ]);
  });

  describe('with IAM', () => {
    it('fetches one token for all, of 32,768 characters too', async () => {
      const emulator = await emulate({ tokenLength: 32_768 });
      const service = await serve({ emulator, env: { HSS_AUTH: 'iam' } });
      const answers = await Promise.all(Array.from({ length: 30 }, () => service.get(anotherList())));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
    });

    it('renews a token that was revoked once, and repeats each of three parallel calls once', async () => {
      const emulator = await emulate();
      const service = await serve({ emulator, env: { HSS_AUTH: 'iam' } });
      await service.get(anotherList());
      emulator.journal.clear();
      emulator.revokeTokens();
      const { status, body } = await service.get(proxyAgent);
      expect(status).toBe(200);
      expect(body.files.items).toHaveLength(10);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
      for (const api of ['ListRegistryImages', 'ListImageBasicImage', 'ListImageFiles'] as const)
        expect(emulator.journal.calls(api).map(({ outcome }) => outcome)).toEqual([401, 200]);
    });

    it('renews a token that ended during use', async () => {
      const clock = new TestClock();
      const emulator = await emulate({ clock, tokenLifeMs: hour });
      const service = await serve({ emulator, clock, env: { HSS_AUTH: 'iam' } });
      await service.get(anotherList());
      // Ends at HSS without our clock knowing.
      emulator.clock.advance(2 * hour);
      expect((await service.get(anotherList())).status).toBe(200);
      expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([200, 401, 200]);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(2);
    });

    it('repeats a call only once when the new token is refused as well', async () => {
      const emulator = await emulate();
      const service = await serve({ emulator, env: { HSS_AUTH: 'iam' } });
      await service.get(anotherList());
      emulator.journal.clear();
      emulator.faults.schedule({ kind: 'unauthorized', api: 'ListRegistryImages' });
      expectRefusedWithoutBlame(await service.get(anotherList()));
      expect(hssCalls(emulator)).toHaveLength(2);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
      expectRefusedWithoutBlame(await service.get(anotherList()));
      expect(hssCalls(emulator)).toHaveLength(2);
    });

    it('tries a wrong password once in five minutes, whoever asks', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      const service = await serve({
        emulator,
        clock,
        env: { HSS_AUTH: 'iam', IAM_PASSWORD: 'wrong-password' },
      });
      for (let round = 1; round <= 2; round += 1) {
        for (const answer of await Promise.all([1, 2, 3, 4].map(() => service.get(anotherList())))) {
          expectRefusedWithoutBlame(answer);
          expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(clock.now() + 4 * minute);
        }
        expect(emulator.journal.calls('CreateToken')).toHaveLength(round);
        clock.advance(5 * minute + 15_000);
      }
      expect(hssCalls(emulator)).toHaveLength(0);
    });

    it('says so when IAM throttles, and does not ask again before its time', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      emulator.faults.schedule({ kind: 'throttle', api: 'CreateToken', retryAfter: '120', times: 1 });
      const service = await serve({ emulator, clock, env: { HSS_AUTH: 'iam' } });
      for (let call = 0; call < 3; call += 1)
        expect(await service.get(anotherList())).toMatchObject({
          status: 503,
          body: { code: 'upstream-throttled' },
        });
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
      clock.advance(2 * minute);
      expect((await service.get(anotherList())).status).toBe(200);
    });
  });

  it.each([
    ['AK/SK', {}],
    ['a fixed token', { HSS_AUTH: 'token' }],
  ])('never repeats a call that was refused with %s', async (_name, env) => {
    const emulator = await emulate();
    const service = await serve({ emulator, env });
    await service.get(anotherList());
    emulator.journal.clear();
    emulator.faults.schedule({ kind: 'unauthorized', times: 1 });
    expectRefusedWithoutBlame(await service.get(anotherList()));
    expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([401]);
  });

  it('goes out one call at a time until the first success, then in parallel', async () => {
    // Long enough for all to be on their way together, on any machine.
    const emulator = await emulate({ latencyMs: 1_000 });
    const service = await serve({ emulator });
    expect((await service.get(`${proxyAgent}&include=image,baseOs,files,hosts`)).status).toBe(200);
    const [first, ...others] = hssCalls(emulator);
    expect(others).toHaveLength(3);
    for (const other of others) expect(other.arrivedAtMs).toBeGreaterThanOrEqual(first!.finishedAtMs!);
    expect(overlaps(others)).toBe(true);
  });

  describe('with a wrong secret key', () => {
    /** A service with the right key would be refused too if the key were locked. */
    async function expectNotLocked(emulator: Emulator): Promise<void> {
      const healthy = await serve({ emulator });
      expect((await healthy.get(anotherList())).status).toBe(200);
    }

    it('is refused once without Redis, for requests in a row and in parallel', async () => {
      const clock = new TestClock();
      const emulator = await emulate({ latencyMs: 20 });
      const service = await serve({ emulator, clock, env: wrongSk });
      for (let call = 0; call < 3; call += 1) {
        const answer = await service.get(proxyAgent);
        expectRefusedWithoutBlame(answer);
        expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(clock.now() + 5 * minute - 5_000);
      }
      const answers = await Promise.all(Array.from({ length: 20 }, () => service.get(anotherList())));
      answers.forEach(expectRefusedWithoutBlame);
      expect(refusals(emulator)).toHaveLength(1);
      expect(hssCalls(emulator)).toHaveLength(1);
      await expectNotLocked(emulator);
    });

    it('tries once more after the rest, and rests again', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      const service = await serve({ emulator, clock, env: wrongSk });
      await service.get(proxyAgent);
      clock.advance(5 * minute);
      await service.get(proxyAgent);
      expect(refusals(emulator)).toHaveLength(1);
      clock.advance(15_000);
      await Promise.all([service.get(proxyAgent), service.get(anotherList())]);
      expect(refusals(emulator)).toHaveLength(2);
    });

    it('works again by itself when the key becomes right', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      emulator.faults.schedule({ kind: 'unauthorized', times: 1 });
      const service = await serve({ emulator, clock });
      expectRefusedWithoutBlame(await service.get(anotherList()));
      clock.advance(5 * minute + 15_000);
      const answers = await Promise.all(Array.from({ length: 5 }, () => service.get(anotherList())));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    });

    it('is refused at most four times in a fleet of three that shares a Redis', async () => {
      const emulator = await emulate({ latencyMs: 20 });
      const { url: redisUrl } = await redisServer();
      const fleet = await Promise.all([1, 2, 3].map(() => serve({ emulator, redisUrl, env: wrongSk })));
      for (const service of fleet) await untilUp(service);
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(
          fleet.flatMap((service) => [service.get(proxyAgent), service.get(anotherList())]),
        );
        answers.forEach(expectRefusedWithoutBlame);
      }
      for (const service of fleet) {
        const answer = await service.get(anotherList());
        expectRefusedWithoutBlame(answer);
        expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(Date.now() + 4 * minute);
      }
      const refused = refusals(emulator);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThanOrEqual(4);
      expect(overlaps(refused)).toBe(false);
      await expectNotLocked(emulator);
    });

    it('does not start counting anew when Redis goes away', async () => {
      const emulator = await emulate();
      const redis = await redisServer();
      const service = await serve({ emulator, redisUrl: redis.url, env: wrongSk });
      expectRefusedWithoutBlame(await service.get(anotherList()));
      await redis.kill();
      for (let call = 0; call < 5; call += 1) expectRefusedWithoutBlame(await service.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(1);
    });

    it('rests for five minutes at least, by the record that the fleet shares, and then tries once more', async () => {
      const emulator = await emulate();
      const redis = await redisServer();
      const service = await serve({ emulator, redisUrl: redis.url, env: wrongSk });
      for (let call = 0; call < 5; call += 1) await service.get(anotherList());
      const before = refusals(emulator).length;
      const [key] = (await redis.cli('KEYS', '*credential*')) as string[];
      const [seconds, micros] = (await redis.cli('TIME')) as string[];
      const nowMs = Number(seconds) * 1000 + Number(micros) / 1000;
      const restsUntil = Number(await redis.cli('HGET', key!, 'restsUntil'));
      expect(restsUntil - nowMs).toBeGreaterThan(5 * minute);
      expect(restsUntil - nowMs).toBeLessThan(6 * minute);
      expect(Number(await redis.cli('PTTL', key!))).toBeGreaterThan(6 * minute);
      // The rest is over.
      await redis.cli('HSET', key!, 'restsUntil', String(Math.floor(nowMs)));
      for (let call = 0; call < 3; call += 1) expectRefusedWithoutBlame(await service.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(before + 1);
    });

    it('ends the rest early with changed credentials', async () => {
      const emulator = await emulate();
      const { url: redisUrl } = await redisServer();
      const wrong = await serve({ emulator, redisUrl, env: wrongSk });
      for (let call = 0; call < 4; call += 1) await wrong.get(anotherList());
      const before = refusals(emulator).length;
      const right = await serve({ emulator, redisUrl });
      expect((await right.get(anotherList())).status).toBe(200);
      expectRefusedWithoutBlame(await wrong.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(before);
    });

    it('never tells a consumer that the consumer is unauthorized', async () => {
      const emulator = await emulate();
      for (const status of [401, 403]) {
        const service = await serve({ emulator });
        emulator.faults.schedule({ kind: 'status', status });
        for (const path of [anotherList(), proxyAgent, '/v1/local-images'])
          expectRefusedWithoutBlame(await service.get(path));
        emulator.faults.clear();
      }
    });
  });

  describe('on a host whose clock is an hour off', () => {
    it.each([
      ['ahead', hour],
      ['behind', -hour],
    ])(
      'repeats the first call (%s) by the corrected clock, and signs the next ones by it',
      async (_name, offMs) => {
        const clock = new TestClock();
        const emulator = await emulate();
        emulator.clock.dateSkewMs = -offMs;
        const service = await serve({ emulator, clock });
        expect((await service.get(anotherList())).status).toBe(200);
        expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([401, 200]);
        for (let call = 0; call < 3; call += 1) expect((await service.get(anotherList())).status).toBe(200);
        expect((await service.get(proxyAgent)).status).toBe(200);
        expect(refusals(emulator)).toHaveLength(1);
      },
    );

    it('has a merged answer all the same, for one refusal', async () => {
      const clock = new TestClock();
      clock.advance(hour);
      const emulator = await emulate();
      const service = await serve({ emulator, clock });
      const { status, body } = await service.get(proxyAgent);
      expect(status).toBe(200);
      const statuses = Object.values(body.parts).map((part) => (part as { status: string }).status);
      expect(statuses).toEqual(['fresh', 'fresh', 'fresh']);
      expect(refusals(emulator)).toHaveLength(1);
    });

    it('does not rest when the clock jumps under calls that leave together', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      const service = await serve({ emulator, clock });
      await service.get(anotherList());
      clock.advance(hour);
      const { body } = await service.get(proxyAgent);
      expect(body.parts).toMatchObject({ image: { status: 'fresh' }, files: { status: 'fresh' } });
      expect(refusals(emulator)).toHaveLength(3);
      expect((await service.get(proxyAgent)).status).toBe(200);
      expect((await service.get(anotherList())).status).toBe(200);
      expect(refusals(emulator)).toHaveLength(3);
    });

    it('still rests when the key is wrong as well', async () => {
      const clock = new TestClock();
      clock.advance(hour);
      const emulator = await emulate();
      const service = await serve({ emulator, clock, env: wrongSk });
      for (let call = 0; call < 4; call += 1) expectRefusedWithoutBlame(await service.get(proxyAgent));
      expect(refusals(emulator)).toHaveLength(2);
    });
  });

  it('lets no secret out: not into logs, answers or Redis', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const { ak, sk, password } = emulator.credentials;
    const { temporary } = emulator.credentials;
    const told: string[] = [];
    const envs = [
      ...ways.map(([, envFor]) => envFor(emulator)),
      wrongSk,
      { HSS_AUTH: 'iam', IAM_PASSWORD: 'wrong-password' },
    ];
    for (const env of envs) {
      const service = await serve({ emulator, redisUrl: redis.url, env: { LOG_LEVEL: 'debug', ...env } });
      // Refusals quote keys, tokens and canonical requests.
      emulator.faults.schedule({ kind: 'unauthorized', skip: 4, times: 2 });
      const paths = [proxyAgent, anotherList(), '/v1/local-images', anotherList(), anotherList(), '/health'];
      for (const path of paths) {
        const { text, headers } = await service.get(path);
        told.push(text, JSON.stringify([...headers]));
      }
      emulator.faults.clear();
      told.push(service.logText());
    }
    for (const key of (await redis.cli('KEYS', '*')) as string[]) {
      told.push(key, JSON.stringify(await contentOf(redis, key)));
    }
    const everything = told.join('\n');
    expect(everything).toContain('credential');
    expect(everything).toContain('{budget}:account:');
    expect(everything).toContain('upstream-unauthorized');
    const secrets = [
      ...[ak, sk, password, temporary!.ak, temporary!.sk, temporary!.securityToken],
      ...[wrongSk.CLOUD_SDK_SK, 'wrong-password', readKey, adminKey],
      ...['MIIEmulated', 'Signature=', 'SDK-HMAC', 'canonicalRequest'],
    ];
    for (const secret of secrets) expect(everything.includes(secret) && secret).toBe(false);
  });
});

/** All that is stored under a key, whatever its type. */
async function contentOf(redis: RedisProcess, key: string) {
  const type = String(await redis.cli('TYPE', key));
  if (type === 'hash') return redis.cli('HGETALL', key);
  return type === 'zset' ? redis.cli('ZRANGE', key, '0', '-1') : redis.cli('GET', key);
}

function overlaps(calls: readonly JournalEntry[]): boolean {
  const inOrder = [...calls].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  return inOrder.some((call, at) => at > 0 && call.arrivedAtMs < (inOrder[at - 1]?.finishedAtMs ?? Infinity));
}
