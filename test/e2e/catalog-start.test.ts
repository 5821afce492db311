// An instance that starts in a fleet answers from the catalog as it is, never from the history in the catalog's log.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { CATALOG_SETTINGS, type CatalogSettings } from '../../src/catalog/catalog-settings.js';
import { CatalogIndex } from '../../src/catalog/index/catalog-index.js';
import { Replica } from '../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../src/catalog/model/catalog-replay.js';
import { SharedLog } from '../../src/catalog/log/shared-log.js';
import { StoredLog } from '../../src/catalog/log/stored-log.js';
import { notSynced, type ListState } from '../../src/catalog/model/sync-state.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { changeSet, imageDocument, registryRecord } from '../support/catalog/documents.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { linkTo } from '../support/severable-link.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const silent = pino({ level: 'silent' });
const prefix = 'hss-bff';
const on = { CATALOG: 'on' };

describe('an instance that starts in a fleet', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let redis: RedisProcess;
  let emulator: Emulator;
  let scope: string;

  beforeAll(async () => {
    [redis, emulator] = await Promise.all([startRedis(), startEmulator({ rate: 'off' })]);
    const service = await startService({ emulator });
    const settings = service.part(CATALOG_SETTINGS as unknown as Type<CatalogSettings>);
    ({ scope } = settings);
    await service.close();
  });

  beforeEach(() => redis.cli('FLUSHALL'));

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  afterAll(async () => {
    await Promise.all([redis.stop(), emulator.close()]);
  });

  /** The syncing instance of the fleet, which the test plays: each step adds an image. */
  async function openWriter() {
    const link = new RedisLink(
      new Redis(redis.url, { lazyConnect: true }),
      prefix,
      systemClock,
      silent,
      60_000,
    );
    await link.connect(60_000);
    const store = await CatalogIndex.open({ clock: systemClock });
    const stored = new StoredLog(link, scope);
    const ended = new AbortController();
    const log = new SharedLog(
      stored,
      new Replica(store, new CatalogReplay(systemClock)),
      () => 'mine',
      systemClock,
      silent,
      ended.signal,
    );
    closing.push(async () => {
      ended.abort();
      await store.close();
      await link.close();
    });
    const beat = (count: number) => redis.cli('SET', stored.leaseKey, `mine ${count} {}`);
    await beat(0);
    await log.begin();
    return {
      log,
      beat,
      add: async (count: number) => {
        for (let step = 0; step < count; step += 1) {
          const version = store.version + 1;
          const entry = registryRecord({ name: `app-${version}` });
          const images = [imageDocument(`k${version}`, { serial: version, entries: [entry] })];
          await log.commit(changeSet(version, { at: Date.now(), images, sync: readUntilNow() }));
        }
      },
    };
  }

  async function start(redisUrl = redis.url): Promise<TestService> {
    // An instance is ready after ten seconds of its clock, with or without the catalog.
    const service = await startService({ emulator, redisUrl, env: on, clock: TestClock.slow() });
    closing.push(() => service.close());
    return service;
  }

  const isReady = async (service: TestService) => (await service.request('/health/ready')).status === 200;

  it('shows no state before that of its start, and is ready then', async () => {
    const writer = await openWriter();
    await writer.add(10);
    await writer.log.mend();
    await writer.add(90);
    const service = await start();
    const shown = new Set<number>();
    let wasReady = false;
    for (let beats = 1; !(shown.size > 0 && wasReady); beats += 1) {
      await writer.beat(beats);
      wasReady = await isReady(service);
      const { status, body } = await service.get('/v1/images?limit=1');
      if (status === 200) shown.add(body.total as number);
      else expect([status, body.code]).toEqual([503, 'catalog-not-ready']);
      // On a busy machine Redis can come late, and then the instance is ready without the catalog.
      const lacksRedis = /waiting for Redis|Redis is away/.test(service.logText());
      if (status !== 200 && !lacksRedis) expect(wasReady).toBe(false);
      const { body: progress } = await service.get('/v1/catalog/status');
      if (progress.ready) expect(progress.version).toBe(100);
    }
    expect([...shown]).toEqual([100]);
  });

  it('is ready without a log, without Redis, and with a damaged log', async () => {
    const empty = await start();
    await until(() => isReady(empty));
    expect((await empty.get('/v1/images')).body.code).toBe('catalog-not-ready');
    await empty.close();
    closing.pop();

    const link = await linkTo(redis.port);
    link.cut();
    closing.push(() => link.close());
    const alone = await start(`redis://127.0.0.1:${link.port}`);
    await until(() => isReady(alone));
    expect((await alone.get('/v1/images')).body.code).toBe('catalog-not-ready');

    await redis.cli('FLUSHALL');
    const writer = await openWriter();
    await writer.add(5);
    for (const key of (await redis.cli('KEYS', '*:catalog:*')) as string[])
      if (/:(base|change):/.test(key)) await redis.cli('SET', key, 'damaged');
    const blind = await start();
    await until(() => isReady(blind));
    expect((await blind.get('/v1/images')).body.code).toBe('catalog-not-ready');
  });

  it('uses the key of cursors of its fleet, and never logs it', async () => {
    const writer = await openWriter();
    await writer.add(30);
    const [one, other] = await Promise.all([start(), start()]);
    await until(async () => (await isReady(one)) && (await isReady(other)));
    const pages = await Promise.all([one, other].map((service) => service.get('/v1/images?limit=10')));
    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    expect(pages[1]!.text).toBe(pages[0]!.text);
    const { next } = pages[0]!.body;
    const later = await start();
    await until(() => isReady(later));
    for (const service of [one, other, later]) expect((await service.get(next)).body.items).toHaveLength(10);
    const key = String(await redis.cli('HGET', `${prefix}:catalog:{${scope}}:head`, 'cursorKey'));
    for (const service of [one, other, later]) expect(service.logText()).not.toContain(key.split('.')[1]);
    // The log of an older release has no key: whichever instance comes first sets one for all.
    await redis.cli('HDEL', `${prefix}:catalog:{${scope}}:head`, 'cursorKey');
    await until(
      async () => (await redis.cli('HGET', `${prefix}:catalog:{${scope}}:head`, 'cursorKey')) !== null,
    );
    for (const service of [one, other, later]) expect((await service.get(next)).status).toBe(200);
  });
});

/** Both lists were read to the end just now. */
function readUntilNow() {
  const list: ListState = { ...notSynced.registry, walkedAt: Date.now(), deltaAt: Date.now() };
  return { ...notSynced, registry: list, local: { ...list } };
}
