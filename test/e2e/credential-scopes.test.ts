// What two credentials that share a Redis share: everything with one HSS_USER, nothing without.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { secondEnterpriseProject } from '../../emulator/data/registry-images.js';
import type { EmulatorUser } from '../../emulator/identity/users.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import type { JournalEntry } from '../../emulator/traffic/journal.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilAccountsAreTrusted, untilInAgreement } from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const key = (name: string) => ({ ak: `EMULATORAK${name}`, sk: `emulatorSecretKey${name}` });
/** One user with an old key and a new key, and a user who may read one enterprise project only. */
const reader: EmulatorUser = { name: 'reader', password: 'p', keys: [key('OLD'), key('NEW')] };
const other: EmulatorUser = {
  name: 'other',
  password: 'p',
  keys: [key('OTHER')],
  enterpriseProjects: [secondEnterpriseProject],
};
const list = '/v1/registry-images?limit=200';

describe('two credentials that share a Redis', () => {
  const closing: (() => Promise<void>)[] = [];
  let redis: RedisProcess;
  let emulator: Emulator;

  beforeAll(async () => {
    redis = await startRedis();
    await untilAccountsAreTrusted(redis);
  });

  beforeEach(() => redis.cli('FLUSHALL'));

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  afterAll(() => redis.stop());

  async function emulate(options: EmulatorOptions = { rate: 'off', totalRate: 'off' }): Promise<void> {
    const users = [reader, other];
    emulator = await startEmulator({ registryImages: 60, localImages: 20, users, ...options });
    closing.push(() => emulator.close());
  }

  async function start(keyName: string, env: Record<string, string> = {}): Promise<TestService> {
    const { ak, sk } = key(keyName);
    const credential = { CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk };
    const service = await startService({ emulator, redisUrl: redis.url, env: { ...credential, ...env } });
    closing.push(() => service.close());
    return service;
  }

  /** The service stops before the end of its test. */
  async function replace(service: TestService, keyName: string, env: Record<string, string>) {
    closing.splice(closing.length - 1);
    await service.close();
    return start(keyName, env);
  }

  it('share nothing without a common HSS_USER', async () => {
    await emulate();
    const wide = await start('OLD');
    const narrow = await start('OTHER');
    await untilInAgreement(wide, narrow);
    const totals = [await wide.get(list), await narrow.get(list)].map(({ body }) => body.total as number);
    expect(totals[0]).toBeGreaterThan(totals[1]!);
    expect(emulator.journal.calls('ListRegistryImages').map(({ user }) => user)).toEqual(['reader', 'other']);
  });

  it('are both warm in a rotation: the new key reads nothing again', async () => {
    await emulate();
    const env = { HSS_USER: 'reader', CATALOG: 'on' };
    const isComplete = async (service: TestService) =>
      (await service.get('/v1/catalog/status')).body.complete as boolean;
    const asked = ({ path, query }: JournalEntry) => `${path}?${new URLSearchParams(query).toString()}`;
    const old = await start('OLD', env);
    await until(() => isComplete(old));
    await old.get(list);
    // The content sync goes on, one call of an API after the other: the end of the service may lose the last answer.
    const answered = emulator.journal.calls().filter(({ outcome }) => outcome === 200);
    const last = new Map(answered.map((entry) => [entry.api, entry]));
    const known = new Set(answered.filter((entry) => last.get(entry.api) !== entry).map(asked));
    expect(known.size).toBeGreaterThan(2);
    const before = emulator.journal.entries.length;
    const fresh = await replace(old, 'NEW', env);
    await until(() => isComplete(fresh));
    await untilInAgreement(fresh);
    expect((await fresh.get(list)).status).toBe(200);
    // The instance shows the catalog when it has replayed the log.
    await until(async () => (await fresh.get('/v1/images?limit=1')).status === 200);
    expect((await fresh.get('/v1/images?limit=1')).body.total).toBeGreaterThan(60);
    const again = emulator.journal.entries.slice(before).map(asked);
    expect(again.filter((call) => known.has(call))).toEqual([]);
  });

  it('stay within the limit of their one user while both keys are in use', async () => {
    const rate = { limit: 5, windowMs: 2_000 };
    await emulate({ rate: { ...rate, kind: 'sliding' }, totalRate: 'off' });
    const env = { HSS_USER: 'reader', HSS_RATE: '5/2s', REQUEST_DEADLINE: '60s' };
    const first = await start('OLD', env);
    const second = await replace(await start('OLD', env), 'NEW', env);
    await untilInAgreement(first, second);
    const asked = Array.from({ length: 16 }, (_, index) =>
      [first, second][index % 2]!.get(`/v1/registry-images?name=cold-${index}`),
    );
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(16).fill(200));
    const calls = emulator.journal.calls('ListRegistryImages');
    expect(calls.map(({ outcome }) => outcome)).toEqual(Array(16).fill(200));
    expect(emulator.journal.busiestWindow(rate.windowMs, 'ListRegistryImages')).toBeLessThanOrEqual(
      rate.limit,
    );
  });

  it('of two projects stay within the limit of their one user together', async () => {
    const rate = { limit: 5, windowMs: 2_000 };
    const env = { HSS_USER: 'reader', HSS_RATE: '5/2s', REQUEST_DEADLINE: '60s' };
    const projects: [Emulator, TestService][] = [];
    for (const projectId of ['1'.repeat(32), '2'.repeat(32)]) {
      // HSS counts the calls of both projects together. Each emulator counts its own; the test adds them up.
      await emulate({ rate: 'off', totalRate: 'off', projectId });
      projects.push([emulator, await start('OLD', env)]);
    }
    const services = projects.map(([, service]) => service);
    await untilInAgreement(services[0]!, services[1]!);
    const asked = Array.from({ length: 16 }, (_, index) =>
      services[index % 2]!.get(`/v1/registry-images?name=cold-${index}`),
    );
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(16).fill(200));
    const times = projects
      .flatMap(([each]) => each.journal.calls('ListRegistryImages'))
      .map(({ clockMs }) => clockMs)
      .sort((a, b) => a - b);
    expect(times).toHaveLength(16);
    const busiest = times.map((at) => times.filter((each) => each > at - rate.windowMs && each <= at).length);
    expect(Math.max(...busiest)).toBeLessThanOrEqual(rate.limit);
  });
});
