// Credentials that HSS refuses: the rest of a wrong key, and the correction of a wrong clock.
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { untilUp } from '../support/redis-story.js';
import {
  anotherList,
  expectUpstreamUnauthorized,
  hssCalls,
  overlaps,
  refusals,
  useSigningIn,
  wrongSk,
} from '../support/signing-in.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const hour = 60 * minute;

describe('signing in to HSS', () => {
  const { emulate, serve, redisServer } = useSigningIn();

  describe('with a wrong secret key', () => {
    /** Expects a service with the right key to work: HSS would refuse it if the key were locked. */
    async function expectNotLocked(emulator: Emulator): Promise<void> {
      const healthy = await serve({ emulator });
      expect((await healthy.get(anotherList())).status).toBe(200);
    }

    it('is refused once without Redis, for sequential and parallel requests', async () => {
      const clock = new TestClock();
      const emulator = await emulate({ latencyMs: 20 });
      const service = await serve({ emulator, clock, env: wrongSk });
      const startedAt = clock.now();
      for (let call = 0; call < 3; call += 1) {
        const answer = await service.get(proxyAgent);
        expectUpstreamUnauthorized(answer);
        expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(startedAt + 5 * minute);
      }
      const answers = await Promise.all(Array.from({ length: 20 }, () => service.get(anotherList())));
      answers.forEach(expectUpstreamUnauthorized);
      expect(refusals(emulator)).toHaveLength(1);
      expect(hssCalls(emulator)).toHaveLength(1);
      await expectNotLocked(emulator);
    });

    it('tries once more after the rest, then rests again', async () => {
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

    it('works again without a restart when HSS accepts the key', async () => {
      const clock = new TestClock();
      const emulator = await emulate();
      emulator.faults.schedule({ kind: 'unauthorized', times: 1 });
      const service = await serve({ emulator, clock });
      expectUpstreamUnauthorized(await service.get(anotherList()));
      clock.advance(5 * minute + 15_000);
      const answers = await Promise.all(Array.from({ length: 5 }, () => service.get(anotherList())));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    });

    it('is refused at most four times in a fleet of three', async () => {
      const emulator = await emulate({ latencyMs: 20 });
      const { url: redisUrl } = await redisServer();
      const fleet = await Promise.all([1, 2, 3].map(() => serve({ emulator, redisUrl, env: wrongSk })));
      for (const service of fleet) await untilUp(service);
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(
          fleet.flatMap((service) => [service.get(proxyAgent), service.get(anotherList())]),
        );
        answers.forEach(expectUpstreamUnauthorized);
      }
      for (const service of fleet) {
        const answer = await service.get(anotherList());
        expectUpstreamUnauthorized(answer);
        expect(Date.parse(answer.body.retryAt)).toBeGreaterThan(Date.now() + 4 * minute);
      }
      const refused = refusals(emulator);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThanOrEqual(4);
      expect(overlaps(refused)).toBe(false);
      await expectNotLocked(emulator);
    });

    it('keeps its count of refusals when Redis goes away', async () => {
      const emulator = await emulate();
      const redis = await redisServer();
      const service = await serve({ emulator, redisUrl: redis.url, env: wrongSk });
      expectUpstreamUnauthorized(await service.get(anotherList()));
      await redis.kill();
      for (let call = 0; call < 5; call += 1) expectUpstreamUnauthorized(await service.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(1);
    });

    it('rests five minutes by the shared record in Redis, then tries once more', async () => {
      const emulator = await emulate();
      const redis = await redisServer();
      const service = await serve({ emulator, redisUrl: redis.url, env: wrongSk });
      const redisTime = async () => {
        const [seconds, micros] = (await redis.cli('TIME')) as string[];
        return Number(seconds) * 1000 + Number(micros) / 1000;
      };
      const startedAt = await redisTime();
      for (let call = 0; call < 5; call += 1) await service.get(anotherList());
      const before = refusals(emulator).length;
      const [key] = (await redis.cli('KEYS', '*credential*')) as string[];
      const nowMs = await redisTime();
      const restsUntil = Number(await redis.cli('HGET', key!, 'restsUntil'));
      expect(restsUntil - startedAt).toBeGreaterThan(5 * minute);
      expect(restsUntil - nowMs).toBeLessThan(6 * minute);
      expect(Number(await redis.cli('PTTL', key!))).toBeGreaterThan(6 * minute);
      // The test ends the rest.
      await redis.cli('HSET', key!, 'restsUntil', String(Math.floor(nowMs)));
      for (let call = 0; call < 3; call += 1) expectUpstreamUnauthorized(await service.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(before + 1);
    });

    it('does not rest after a change of the credentials', async () => {
      const emulator = await emulate();
      const { url: redisUrl } = await redisServer();
      const wrong = await serve({ emulator, redisUrl, env: wrongSk });
      for (let call = 0; call < 4; call += 1) await wrong.get(anotherList());
      const before = refusals(emulator).length;
      const right = await serve({ emulator, redisUrl });
      expect((await right.get(anotherList())).status).toBe(200);
      expectUpstreamUnauthorized(await wrong.get(anotherList()));
      expect(refusals(emulator)).toHaveLength(before);
    });

    it('never answers a consumer with 401 or 403', async () => {
      const emulator = await emulate();
      for (const status of [401, 403]) {
        const service = await serve({ emulator });
        emulator.faults.schedule({ kind: 'status', status });
        for (const path of [anotherList(), proxyAgent, '/v1/local-images'])
          expectUpstreamUnauthorized(await service.get(path));
        emulator.faults.clear();
      }
    });
  });

  describe('on a host whose clock is an hour off', () => {
    it.each([
      ['ahead', hour],
      ['behind', -hour],
    ])('signs by the corrected clock after the first refusal (%s)', async (_name, offMs) => {
      const clock = new TestClock();
      const emulator = await emulate();
      emulator.clock.dateSkewMs = -offMs;
      const service = await serve({ emulator, clock });
      expect((await service.get(anotherList())).status).toBe(200);
      expect(hssCalls(emulator).map(({ outcome }) => outcome)).toEqual([401, 200]);
      for (let call = 0; call < 3; call += 1) expect((await service.get(anotherList())).status).toBe(200);
      expect((await service.get(proxyAgent)).status).toBe(200);
      expect(refusals(emulator)).toHaveLength(1);
    });

    it('completes a merged answer after one refusal', async () => {
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

    it('does not rest when the clock jumps before parallel calls', async () => {
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

    it('rests when the key is wrong as well', async () => {
      const clock = new TestClock();
      clock.advance(hour);
      const emulator = await emulate();
      const service = await serve({ emulator, clock, env: wrongSk });
      for (let call = 0; call < 4; call += 1) expectUpstreamUnauthorized(await service.get(proxyAgent));
      expect(refusals(emulator)).toHaveLength(2);
    });
  });

  describe('from files', () => {
    it('is taken anew from its files after a refusal, without a restart', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hss-bff-credential-'));
      const [file, token] = [join(folder, 'token'), () => emulator.issueToken()];
      const emulator = await emulate();
      writeFileSync(file, token());
      const service = await serve({
        emulator,
        env: { HSS_AUTH: 'token', HSS_TOKEN: '', HSS_TOKEN_FILE: file },
      });
      expect((await service.get(anotherList())).status).toBe(200);
      emulator.revokeTokens();
      writeFileSync(file, `${token()}\n`);
      // The refused call itself is repeated with the new token.
      expect((await service.get(anotherList())).status).toBe(200);
      expect(refusals(emulator)).toHaveLength(1);
      rmSync(folder, { recursive: true });
    });

    it('is used after its rest when the files were changed meanwhile', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hss-bff-credential-'));
      const file = join(folder, 'sk');
      const clock = new TestClock();
      const emulator = await emulate();
      writeFileSync(file, wrongSk.CLOUD_SDK_SK);
      const env = { CLOUD_SDK_SK: '', CLOUD_SDK_SK_FILE: file };
      const service = await serve({ emulator, clock, env });
      expectUpstreamUnauthorized(await service.get(anotherList()));
      writeFileSync(file, emulator.credentials.sk);
      expectUpstreamUnauthorized(await service.get(anotherList()));
      clock.advance(5 * minute + 15_000);
      expect((await service.get(anotherList())).status).toBe(200);
      expect(refusals(emulator)).toHaveLength(1);
      rmSync(folder, { recursive: true });
    });
  });
});
