// How the service signs in to HSS: the four kinds of credentials, tokens, and secrecy.
import { describe, expect, it } from '@jest/globals';
import { proxyAgent } from '../support/proxy-agent.js';
import type { RedisProcess } from '../support/redis-server.js';
import { adminKey, readKey } from '../support/service.js';
import {
  anotherList,
  expectUpstreamUnauthorized,
  hssCalls,
  overlaps,
  temporaryKeys,
  useSigningIn,
  waysToSignIn,
  wrongSk,
} from '../support/signing-in.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const hour = 60 * minute;

describe('signing in to HSS', () => {
  const { emulate, serve, redisServer } = useSigningIn();

  it.each(waysToSignIn)('works with %s, for all four calls', async (name, envFor) => {
    const emulator = await emulate();
    const service = await serve({ emulator, env: envFor(emulator) });
    const answer = await service.get(`${proxyAgent}&include=image,baseOs,files,hosts`);
    expect(answer.status).toBe(200);
    const statuses = Object.values(answer.body.parts).map((part) => (part as { status: string }).status);
    expect(statuses).toEqual(['fresh', 'fresh', 'fresh', 'fresh']);
    expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([200, 200, 200, 200]);
    expect(emulator.journal.calls('CreateToken')).toHaveLength(name === 'an IAM user' ? 1 : 0);
  });

  it('signs the headers of a call and the security token of temporary keys', async () => {
    const emulator = await emulate();
    const service = await serve({ emulator, env: temporaryKeys(emulator) });
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
    it('fetches one token for all calls, even one of 32,768 characters', async () => {
      const emulator = await emulate({ tokenLength: 32_768 });
      const service = await serve({ emulator, env: { HSS_AUTH: 'iam' } });
      const answers = await Promise.all(Array.from({ length: 30 }, () => service.get(anotherList())));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
    });

    it('renews a revoked token once, and repeats three parallel calls once each', async () => {
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

    it('renews a token that expired during use', async () => {
      const clock = new TestClock();
      const emulator = await emulate({ clock, tokenLifeMs: hour });
      const service = await serve({ emulator, clock, env: { HSS_AUTH: 'iam' } });
      await service.get(anotherList());
      // The token expires at HSS, but not by the service's clock.
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
      expectUpstreamUnauthorized(await service.get(anotherList()));
      expect(hssCalls(emulator)).toHaveLength(2);
      expect(emulator.journal.calls('CreateToken')).toHaveLength(1);
      expectUpstreamUnauthorized(await service.get(anotherList()));
      expect(hssCalls(emulator)).toHaveLength(2);
    });

    it('tries a wrong password once in five minutes, for all requests together', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      const service = await serve({
        emulator,
        clock,
        env: { HSS_AUTH: 'iam', IAM_PASSWORD: 'wrong-password' },
      });
      for (let round = 1; round <= 2; round += 1) {
        for (const answer of await Promise.all([1, 2, 3, 4].map(() => service.get(anotherList())))) {
          expectUpstreamUnauthorized(answer);
          expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(clock.now() + 4 * minute);
        }
        expect(emulator.journal.calls('CreateToken')).toHaveLength(round);
        clock.advance(5 * minute + 15_000);
      }
      expect(hssCalls(emulator)).toHaveLength(0);
    });

    it('reports that IAM throttles, and waits for Retry-After before the next call', async () => {
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
  ])('never repeats a call that HSS refused with %s', async (_name, env) => {
    const emulator = await emulate();
    const service = await serve({ emulator, env });
    await service.get(anotherList());
    emulator.journal.clear();
    emulator.faults.schedule({ kind: 'unauthorized', times: 1 });
    expectUpstreamUnauthorized(await service.get(anotherList()));
    expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([401]);
  });

  it('sends one call at a time until the first success, then parallel calls', async () => {
    // All calls are under way together within this time, on any machine.
    const emulator = await emulate({ latencyMs: 1_000 });
    const service = await serve({ emulator });
    expect((await service.get(`${proxyAgent}&include=image,baseOs,files,hosts`)).status).toBe(200);
    const [first, ...others] = hssCalls(emulator);
    expect(others).toHaveLength(3);
    for (const other of others) expect(other.arrivedAtMs).toBeGreaterThanOrEqual(first!.finishedAtMs!);
    expect(overlaps(others)).toBe(true);
  });

  it('keeps secrets out of logs, answers and Redis', async () => {
    const emulator = await emulate();
    const redis = await redisServer();
    const { ak, sk, password } = emulator.credentials;
    const { temporary } = emulator.credentials;
    const told: string[] = [];
    const envs = [
      ...waysToSignIn.map(([, envFor]) => envFor(emulator)),
      wrongSk,
      { HSS_AUTH: 'iam', IAM_PASSWORD: 'wrong-password' },
    ];
    for (const env of envs) {
      const service = await serve({ emulator, redisUrl: redis.url, env: { LOG_LEVEL: 'debug', ...env } });
      // The emulator's refusals quote keys, tokens and canonical requests.
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
      ak,
      sk,
      password,
      temporary!.ak,
      temporary!.sk,
      temporary!.securityToken,
      wrongSk.CLOUD_SDK_SK,
      'wrong-password',
      readKey,
      adminKey,
      'MIIEmulated',
      'Signature=',
      'SDK-HMAC',
      'canonicalRequest',
    ];
    for (const secret of secrets) expect(everything.includes(secret) && secret).toBe(false);
  });
});

/** The whole value of a key of any type. */
async function contentOf(redis: RedisProcess, key: string) {
  const type = String(await redis.cli('TYPE', key));
  if (type === 'hash') return redis.cli('HGETALL', key);
  return type === 'zset' ? redis.cli('ZRANGE', key, '0', '-1') : redis.cli('GET', key);
}
