// Consumers that follow the changes keep their place over deploys: restarts of all instances, and rolling ones.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { purgeAcknowledged } from '../support/cache-fleet.js';
import { applyStep } from '../support/catalog.js';
import { passUntil } from '../support/catalog/passing.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilAccountsAreTrusted } from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

interface Changes {
  items: { kind: string; name: string }[];
  nextSince: string;
}

const env = { CATALOG: 'on', HSS_RATE: '1000/1s', HSS_TIMEOUT: '10m', REQUEST_DEADLINE: '10m' };

describe('followers of the changes', () => {
  const running = new Set<TestService>();
  const clock = new TestClock();
  let redis: RedisProcess;
  let emulator: Emulator;

  beforeAll(async () => {
    redis = await startRedis();
    emulator = await startEmulator({
      ...{ rate: 'off', totalRate: 'off', clock },
      ...{ registryImages: 12, localImages: 6 },
    });
  });

  beforeEach(async () => {
    await redis.cli('FLUSHALL');
    await untilAccountsAreTrusted(redis);
  });

  afterEach(async () => {
    for (const service of running) await stop(service);
  });

  afterAll(async () => {
    await emulator.close();
    await redis.stop();
  });

  async function start(): Promise<TestService> {
    const service = await startService({ emulator, clock, env, redisUrl: redis.url });
    running.add(service);
    await until(async () => {
      const { body } = await service.get('/v1/catalog/status');
      return body.ready === true && body.complete === true;
    });
    return service;
  }

  async function stop(service: TestService): Promise<void> {
    running.delete(service);
    await service.close();
  }

  async function changesOf(service: TestService, since = ''): Promise<Changes> {
    const path = `/v1/catalog/changes?limit=1000${since === '' ? '' : `&since=${since}`}`;
    const { status, body } = await service.get(path);
    expect([status, body.code]).toEqual([200, undefined]);
    return body as Changes;
  }

  /** HSS gets an image of this name. Resolves when the service tells the change. */
  async function addImage(service: TestService, name: string, since: string): Promise<void> {
    emulator.data.addRegistryImage({ image_name: name, namespace: 'team' });
    const told = async () => (await changesOf(service, since)).items.some((item) => item.name === name);
    await passUntil(clock, emulator, told, { settled });
  }

  /** The log is written anew as one base. */
  async function cleanLog(service: TestService): Promise<void> {
    const bases = async () => String(await redis.cli('HGET', await headKey(), 'bases'));
    const before = await bases();
    expect((await purgeAcknowledged(service, { tag: 'list:image-files' })).status).toBe(200);
    await passUntil(clock, emulator, async () => (await bases()) !== before, { settled });
  }

  const settled = () => redis.cli('PING');

  async function headKey(): Promise<string> {
    const [key] = (await redis.cli('KEYS', '*:catalog:*:head')) as unknown as string[];
    return key!;
  }

  const namesOf = ({ items }: Changes) => items.map(({ kind, name }) => `${kind} ${name}`);

  it('keep their place when all instances restart', async () => {
    const one = await start();
    const { nextSince: mark } = await changesOf(one);
    await addImage(one, 'before-the-deploy', mark);
    const told = namesOf(await changesOf(one, mark));
    expect(told).toContain('appeared before-the-deploy');
    await cleanLog(one);
    await stop(one);
    const next = await start();
    expect(namesOf(await changesOf(next, mark)).slice(0, told.length)).toEqual(told);
    await addImage(next, 'after-the-deploy', mark);
    const after = namesOf(await changesOf(next, mark));
    expect(after.filter((each) => each.includes('-the-deploy'))).toEqual([
      'appeared before-the-deploy',
      'appeared after-the-deploy',
    ]);
  });

  it('keep their place when one instance after the other is replaced', async () => {
    const one = await start();
    let { nextSince: mark } = await changesOf(one);
    const names: string[] = [];
    let present = one;
    for (const name of ['first', 'second']) {
      await addImage(present, name, mark);
      await cleanLog(present);
      const next = await start();
      await stop(present);
      present = next;
      const page = await changesOf(present, mark);
      names.push(...namesOf(page).filter((each) => each.startsWith('appeared')));
      mark = page.nextSince;
    }
    expect(names).toEqual(['appeared first', 'appeared second']);
  });
});

describe('followers of a service without Redis', () => {
  it('are told after a restart that their place is gone', async () => {
    const clock = new TestClock();
    const emulator = await startEmulator({ rate: 'off', clock, registryImages: 5, localImages: 5 });
    let mark = '';
    for (let round = 0; round < 2; round += 1) {
      const service = await startService({ emulator, clock });
      await applyStep(service, { readAt: clock.now() });
      const { status, body } = await service.get(`/v1/catalog/changes${mark && `?since=${mark}`}`);
      expect([status, body.code]).toEqual(round === 0 ? [200, undefined] : [410, 'cursor-expired']);
      mark = body.nextSince as string;
      await service.close();
    }
    await emulator.close();
  });
});
