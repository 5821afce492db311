import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogFull } from '../../src/catalog/index/tables/engine.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Clock } from '../../src/time/clock.js';
import { startInstance, type CatalogInstance, type InstanceOptions } from '../support/catalog/instance.js';
import { MemoryCatalog } from '../support/catalog/memory-catalog.js';
import * as passing from '../support/catalog/passing.js';
import { differences, shapeOf, truth } from '../support/catalog/truth.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { TestClock } from '../support/test-clock.js';
import { aWhile, until } from '../support/until.js';

/** Few rows, for tests in which pages do not matter: each page costs time. */
const few = { registryImages: 40, localImages: 20 };

describe('the catalog of a fleet', () => {
  const closing: (() => Promise<void>)[] = [];
  let redis: RedisProcess;
  let clock: TestClock;
  let emulator: Emulator;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
  });

  beforeEach(async () => {
    await redis.cli('FLUSHALL');
    clock = new TestClock();
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** By default the registry list has three pages and the local list has two. */
  async function emulate(images = { registryImages: 401, localImages: 201 }): Promise<void> {
    emulator = await startEmulator({ rate: 'off', totalRate: 'off', clock, ...images });
    closing.push(() => emulator.close());
  }

  async function start(name: string, options: Partial<InstanceOptions<MemoryCatalog>> = {}) {
    const rate = { limit: 1000, windowMs: 60_000 };
    const instance = await startInstance({ emulator, clock, name, rate, redisUrl: redis.url, ...options });
    closing.push(() => instance.close());
    return instance;
  }

  /** An instance that can be cut off from Redis and HSS: to the other instances this looks like its death. */
  async function startMortal(name: string): Promise<{ instance: CatalogInstance; kill: () => void }> {
    const links: SeverableLink[] = await Promise.all([linkTo(redis.port), linkTo(emulator.port)]);
    for (const link of links) closing.push(() => link.close());
    const [toRedis, toHss] = links.map(({ port }) => `127.0.0.1:${port}`);
    const env = { HSS_ENDPOINT: `http://${toHss}` };
    const instance = await start(name, { redisUrl: `redis://${toRedis}`, env });
    return { instance, kill: () => links.forEach((link) => link.cut()) };
  }

  /** Redis keeps real time: wait between two steps until Redis has answered the commands of the step before. */
  const settled = () => redis.cli('PING');
  const passUntil = (
    holds: () => unknown,
    limits: { stepMs?: number; mostMs?: number } = {},
  ): Promise<void> => passing.passUntil(clock, emulator, holds, { ...limits, settled });
  const pass = (ms: number, stepMs?: number): Promise<void> =>
    passing.pass(clock, emulator, ms, stepMs, settled);

  const isWalked = ({ store }: CatalogInstance) =>
    isComplete(store.sync) && !store.sync.registry.walk && !store.sync.local.walk;
  const isSyncing = ({ sync }: CatalogInstance, name: string) => sync.status().syncingInstance === name;
  const listCalls = () =>
    emulator.journal.calls().filter(({ api }) => api === 'ListRegistryImages' || api === 'ListImageLocal');
  /** Calls for all pages but the first pages, which deltas read too: each walk reads these pages once. */
  const laterPages = () => listCalls().filter(({ query }) => query['offset'] !== '0');

  /** Redis comes back empty. Redis and its connections keep real time. */
  async function restartRedis(...instances: CatalogInstance[]): Promise<void> {
    await redis.restart();
    await until(() => instances.every(({ link }) => link!.isUp));
  }

  it('is the same on every instance, and only one instance reads from HSS', async () => {
    await emulate();
    const one = await start('one');
    await passUntil(() => isSyncing(one, 'one'));
    const other = await start('other');
    // Small steps: loading takes real time, and the next delta must not be due in this time.
    await passUntil(() => isWalked(other) && isSyncing(other, 'one'), { stepMs: 20 });
    expect(laterPages()).toHaveLength(3);
    expect(differences(await shapeOf(other.store), truth(emulator))).toEqual([]);
    expect(other.sync.status()).toMatchObject({
      complete: true,
      syncingInstance: 'one',
      enterpriseProjectId: 'all_granted_eps',
    });
    // A later instance reads the catalog from the log.
    const late = await start('late');
    await passUntil(() => isWalked(late));
    expect(differences(await shapeOf(late.store), truth(emulator))).toEqual([]);
    expect(late.store.epoch).toBe(one.store.epoch);
    expect(laterPages()).toHaveLength(3);
  });

  it('takes rows that a consumer of any instance reads', async () => {
    await emulate(few);
    const one = await start('one');
    await passUntil(() => isWalked(one));
    const other = await start('other');
    const { row } = emulator.data.addRegistryImage();
    await other.service.get(`/v1/registry-images?name=${row.image_name}`);
    // The limit is below the time of the next walk, which would bring the row too.
    await passUntil(() => other.store.keysOf(row.image_digest!).length === 1, {
      mostMs: 8 * 60_000,
    });
    expect(one.store.keysOf(row.image_digest!)).toHaveLength(1);
    const asked = listCalls().filter(({ query }) => query['image_name'] === row.image_name);
    expect(asked).toHaveLength(1);
  });

  it('takes later changes to a row read by an instance with a fast clock', async () => {
    await emulate(few);
    const one = await start('one');
    await passUntil(() => isWalked(one));
    const ahead: Clock = { ...clock, now: () => clock.now() + 10 * 60_000 };
    const other = await start('other', { clock: ahead });
    const { row } = emulator.data.addRegistryImage();
    const digest = row.image_digest!;
    await other.service.get(`/v1/registry-images?name=${row.image_name}`);
    // The limit is below the time of the next delta, which would bring the row too. Small steps leave Redis time.
    await passUntil(() => one.store.keysOf(digest).length === 1, {
      stepMs: 100,
      mostMs: 50_000,
    });
    emulator.data.rescan(digest, clock.now(), { severityLevel: 'High', vulNum: 4_711 });
    const vulnerabilities = () =>
      one.store.whole(one.store.keysOf(digest)[0]!)?.image.findingCounts.vulnerabilities;
    // Otherwise the change would come with the next walk or when the clocks meet: after ten minutes or more.
    await passUntil(() => vulnerabilities() === 4_711, { mostMs: 8 * 60_000 });
  });

  it.each([1, 3, 5])('goes on when the syncing instance is killed at page %i', async (page) => {
    await emulate();
    const { instance: first, kill } = await startMortal('first');
    await passUntil(() => isSyncing(first, 'first'));
    const second = await start('second');
    emulator.setLatency(20);
    while (listCalls().length < page) await passUntil(() => listCalls().length >= page, { stepMs: 50 });
    kill();
    emulator.setLatency(0);
    // The last page may have got through: then the walk is complete before the second instance takes over.
    await passUntil(() => isSyncing(second, 'second') && isWalked(second));
    // Each list has one page under way at the kill, which is read twice at most, and each other page once.
    const pagesOf = (api: string) => laterPages().filter((call) => call.api === api).length;
    expect(pagesOf('ListRegistryImages')).toBeLessThanOrEqual(2 + 1);
    expect(pagesOf('ListImageLocal')).toBeLessThanOrEqual(1 + 1);
    expect(differences(await shapeOf(second.store), truth(emulator))).toEqual([]);
  });

  it('is written again by the syncing instance when Redis comes back empty', async () => {
    await emulate();
    const one = await start('one');
    const other = await start('other');
    await passUntil(() => one.store.sync.registry.walk !== null, { stepMs: 20 });
    const { epoch } = one.store;
    await restartRedis(one, other);
    await passUntil(() => isWalked(one) && isWalked(other));
    expect([one, other].map(({ store }) => store.epoch)).toEqual([epoch, epoch]);
    expect(laterPages()).toHaveLength(3);
    expect(differences(await shapeOf(other.store), truth(emulator))).toEqual([]);
    await restartRedis(one, other);
    const late = await start('late');
    await passUntil(() => isWalked(late));
    expect(late.store.epoch).toBe(epoch);
    expect(laterPages()).toHaveLength(3);
    expect(differences(await shapeOf(late.store), truth(emulator))).toEqual([]);
  });

  it('logs that it cannot load a foreign log, and rests before the next try', async () => {
    await emulate(few);
    const one = await start('one');
    await passUntil(() => isWalked(one));
    const store = new FullCatalog();
    const other = await start('other', { store });
    await passUntil(() => store.tries > 0, { stepMs: 20 });
    await pass(30_000);
    expect(store.tries).toBe(1);
    expect(other.logText()).toContain('cannot be applied');
    await passUntil(() => store.tries > 1);
  });

  it('waits for a Redis that is away from the start, and logs this', async () => {
    await emulate(few);
    const link = await linkTo(redis.port);
    closing.push(() => link.close());
    link.cut();
    const one = await start('one', { redisUrl: `redis://127.0.0.1:${link.port}` });
    expect(one.logText()).toContain('Catalog: waiting for Redis');
    await pass(60_000, 2_000);
    expect(one.sync.status()).toMatchObject({ waitingFor: 'redis', syncingInstance: null, version: 0 });
    expect(listCalls()).toEqual([]);
    link.mend();
    await until(() => one.link!.isUp);
    await passUntil(() => isWalked(one));
    expect(one.sync.status()).toMatchObject({ waitingFor: null, syncingInstance: 'one', complete: true });
  });

  it('takes no change from an instance that has lost the lease unnoticed', async () => {
    await emulate(few);
    const { instance: first, kill } = await startMortal('first');
    await passUntil(() => isWalked(first));
    const second = await start('second');
    const { version } = first.store;
    kill();
    await passUntil(() => isSyncing(second, 'second'));
    await pass(3_000);
    // The first instance does not apply its own changes either: a change exists only if the log has it.
    expect(first.store.version).toBeLessThanOrEqual(version + 1);
    const [head] = (await redis.cli('HMGET', 'test:catalog:{catalog}:head', 'epoch')) as string[];
    expect(second.store.epoch).toBe(head);
  });

  it('writes one new base for all instances that cannot read the old base', async () => {
    await emulate(few);
    const one = await start('one');
    await passUntil(() => isWalked(one));
    const bases = async () =>
      JSON.parse((await redis.cli('HGET', 'test:catalog:{catalog}:head', 'bases')) as string) as unknown[];
    const [before] = await bases();
    for (let reader = 0; reader < 5; reader += 1)
      await redis.cli('PUBLISH', 'test:catalog:{catalog}:news', 'damaged');
    await until(async () => (await bases()).length === 2);
    await aWhile(200);
    expect((await bases())[1]).toEqual(before);
  });

  it('starts anew only when no instance can read the log', async () => {
    await emulate();
    const one = await start('one');
    await passUntil(() => isWalked(one));
    const { epoch } = one.store;
    const damage = async () => {
      for (const key of (await redis.cli('KEYS', 'test:catalog:{catalog}:change:*')) as string[])
        if (/:[12]$/.test(key)) await redis.cli('SET', key, 'damaged');
    };
    await damage();
    const late = await start('late');
    await passUntil(() => isWalked(late));
    expect(late.store.epoch).toBe(epoch);
    expect(laterPages()).toHaveLength(3);
    expect(late.logText()).not.toContain('this instance begins a new log');
    for (const instance of [one, late]) await instance.close();
    for (const key of (await redis.cli('KEYS', 'test:catalog:{catalog}:base:*')) as string[])
      await redis.cli('SET', key, 'damaged');
    await damage();
    const fresh = await start('fresh');
    await passUntil(() => isWalked(fresh));
    expect(fresh.store.epoch).not.toBe(epoch);
    expect(laterPages()).toHaveLength(6);
    expect(fresh.logText()).toContain('this instance begins a new log');
  });
});

class FullCatalog extends MemoryCatalog {
  tries = 0;

  override load(): Promise<void> {
    this.tries += 1;
    return Promise.reject(new CatalogFull('It needs more memory than it may take'));
  }
}
