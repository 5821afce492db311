// What a service that stops leaves of its calls in the call budget that it shares through Redis.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Account } from '../../src/budget/account.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

describe('the shared call budget after a stop', () => {
  let [redis, emulator, service] = [] as unknown as [RedisProcess, Emulator, TestService];

  beforeEach(async () => {
    [redis, emulator] = [await startRedis(), await startEmulator({ rate: 'off' })];
    const env = { HSS_TIMEOUT: '60s', HSS_RATE: '100/60s', HSS_RATE_TOTAL: '100/60s' };
    service = await startService({ emulator, redisUrl: redis.url, env });
  });
  afterEach(async () => {
    await emulator.close();
    await redis.stop();
  });

  async function slots(): Promise<Account['slots']> {
    const [key] = (await redis.cli('KEYS', '*{budget}:account:*:ListRegistryImages')) as string[];
    return (JSON.parse((await redis.cli('HGET', key!, 'account')) as string) as Account).slots;
  }

  it.each([
    ['while others wait for the first one to prove the credential', false, 1],
    ['and all of them have left', true, 4],
  ])('holds the calls that HSS saw, each with its end, %s', async (_, isProven, left) => {
    if (isProven) expect((await service.get('/v1/registry-images')).status).toBe(200);
    emulator.faults.schedule({ kind: 'hang', times: 3 });
    const impatient = { Prefer: 'wait=1' };
    const asked = [1, 2, 3].map((each) => service.get(`/v1/registry-images?name=n${each}`, impatient));
    await until(() => emulator.journal.calls().length === left);
    await until(async () => (await slots()).length === (isProven ? 4 : 3));
    // Nobody waits any more, and the calls go on, since the consumers may come back.
    for (const { status } of await Promise.all(asked)) expect([503, 504]).toContain(status);
    const before = service.logText().length;
    await service.close();
    expect(emulator.journal.calls()).toHaveLength(left);
    expect((await slots()).map(({ endedAt }) => endedAt !== null)).toEqual(Array(left).fill(true));
    expect(service.logText().slice(before)).not.toMatch(/"level":[456]0/);
  });
});
