import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { keyHashOf } from '../../src/cache/key-hash.js';
import { catalogSettings } from '../../src/catalog/catalog-settings.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { dataScope } from '../../src/config/data-scope.js';
import { startInstance, type CatalogInstance } from '../support/catalog/instance.js';
import * as passing from '../support/catalog/passing.js';
import { differences, shapeOf, truth } from '../support/catalog/truth.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { TestClock } from '../support/test-clock.js';
import { read, realHss } from '../unit/config/read.js';

describe('the log of an earlier release', () => {
  const closing: (() => Promise<void>)[] = [];
  let redis: RedisProcess;
  let clock: TestClock;
  let emulator: Emulator;

  beforeAll(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    await redis.cli('FLUSHALL');
    clock = new TestClock();
    const images = { registryImages: 40, localImages: 20 };
    emulator = await startEmulator({ rate: 'off', totalRate: 'off', clock, ...images });
    closing.push(() => emulator.close());
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  afterAll(() => redis.stop());

  async function start(name: string, scope: string, formerScopes: readonly string[] = []) {
    const rate = { limit: 1000, windowMs: 60_000 };
    const instance = await startInstance({
      ...{ emulator, clock, name, rate, redisUrl: redis.url },
      ...{ scope, formerScopes },
    });
    closing.push(() => instance.close());
    // The log under the new name shows that the former log was read to its end.
    let hasLog = false;
    const settled = async () => {
      hasLog = String(await redis.cli('EXISTS', `test:catalog:{${scope}}:head`)) === '1';
    };
    await passing.passUntil(clock, emulator, () => hasLog && isWalked(instance), { settled });
    return instance;
  }

  const isWalked = ({ store }: CatalogInstance) =>
    isComplete(store.sync) && !store.sync.registry.walk && !store.sync.local.walk;
  /** Reads of whole lists: a delta has a filter of times or an order by time. */
  const walks = () =>
    emulator.journal
      .calls()
      .filter(({ api }) => api === 'ListRegistryImages' || api === 'ListImageLocal')
      .filter(
        ({ query }) =>
          !Object.entries(query)
            .flat()
            .some((text) => text.includes('time')),
      );
  const contentCalls = () =>
    emulator.journal.calls().filter(({ api }) => api === 'ListImageFiles' || api === 'ListImageBasicImage');

  it('is taken over once, and nothing is read again', async () => {
    const before = await start('before', 'scope-of-0.1.0');
    // Short enough that no delta is due.
    await passing.pass(clock, emulator, 20_000, 1_000, () => redis.cli('PING'));
    const read = contentCalls().length;
    await before.close();
    closing.pop();
    emulator.journal.clear();

    const heir = await start('heir', 'new', ['never-used', 'scope-of-0.1.0']);
    expect(differences(await shapeOf(heir.store), truth(emulator))).toEqual([]);
    expect([read > 0, walks(), heir.store.epoch === before.store.epoch]).toEqual([true, [], false]);
    // Another credential can have other rights, so it begins anew.
    await start('other', 'other', ['scope-of-0.1.0']);
    expect(walks().length).toBeGreaterThan(0);
    // The log itself stays, for a fleet that goes back to 0.1.0.
    emulator.journal.clear();
    await start('back', 'scope-of-0.1.0');
    expect(walks()).toEqual([]);
  });

  it('is looked for under the key that 0.1.0 gave it', () => {
    const config = read({ ...realHss, HSS_USER: 'me', HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps' });
    const scopes = dataScope(config.hss!, config.credential);
    const { scope, formerScopes } = catalogSettings({ ...config, hss: config.hss! }, 'one', scopes);
    expect(formerScopes).toEqual([
      keyHashOf('eu-west-101:p1:me:all_granted_eps'),
      keyHashOf('eu-west-101:p1:default:all_granted_eps'),
    ]);
    expect(formerScopes).not.toContain(scope);
  });
});
