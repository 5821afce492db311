import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { Fenced } from '../../src/catalog/log/catalog-log.js';
import { Replica } from '../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../src/catalog/model/catalog-replay.js';
import { SharedLog } from '../../src/catalog/log/shared-log.js';
import { StoredLog } from '../../src/catalog/log/stored-log.js';
import type { ChangeSet } from '../../src/catalog/model/change-set.js';
import { RedisUnavailable } from '../../src/redis/redis-errors.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { changeSet, imageDocument, registryRecord } from '../support/catalog/documents.js';
import { MemoryCatalog } from '../support/catalog/memory-catalog.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';

const silent = pino({ level: 'silent' });
const leaseKey = 'test:catalog:{catalog}:lease';
const headKey = 'test:catalog:{catalog}:head';

/** The log without the sync: one instance writes, another instance reads. */
describe('the log of the catalog', () => {
  const links: RedisLink[] = [];
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    await redis.cli('FLUSHALL');
    await redis.cli('SET', leaseKey, 'mine 1 {}');
  });

  afterEach(async () => {
    for (const link of links.splice(0)) await link.close();
  });

  afterAll(async () => {
    await redis.stop();
  });

  async function open(store = new MemoryCatalog()) {
    const connection = new Redis(redis.url, { lazyConnect: true });
    // A longer limit than for a request, since a busy machine may be slow.
    const link = new RedisLink(connection, 'test', systemClock, silent, 60_000);
    links.push(link);
    await link.connect(60_000);
    /** Redis runs a script that contains this word, but its reply is lost. */
    const lost = { word: '' };
    const run = (command: (redis: Redis) => Promise<unknown>) =>
      link.run((connected) => {
        const each = connected as Redis;
        if (lost.word === '') return command(each);
        const evalLosing = async (script: string, ...rest: [number]) => {
          const reply: unknown = await each.eval(script, ...rest);
          if (!script.includes(lost.word)) return reply;
          lost.word = '';
          throw new RedisUnavailable('no answer in time');
        };
        return command(
          new Proxy(each, {
            get: (target, name) => {
              if (name === 'eval') return evalLosing;
              const value: unknown = Reflect.get(target, name);
              return typeof value === 'function' ? (value.bind(target) as unknown) : value;
            },
          }),
        );
      });
    const way = { runAside: run, key: link.key.bind(link) } as unknown as RedisLink;
    const { signal } = new AbortController();
    const replica = new Replica(store, new CatalogReplay(systemClock));
    const log = new SharedLog(
      new StoredLog(way, 'catalog'),
      replica,
      () => 'mine',
      systemClock,
      silent,
      signal,
    );
    return { log, store, lost };
  }

  /** A change set with one more image. Random characters do not compress, so many of them make the log long. */
  const stepOf = ({ store }: { store: MemoryCatalog }, chars = 10): ChangeSet => {
    const version = store.version + 1;
    const name = randomBytes(chars).toString('hex');
    const image = imageDocument(`k${version}`, { serial: version, entries: [registryRecord({ name })] });
    return changeSet(version, { at: Date.now(), images: [image] });
  };

  const bases = async () =>
    JSON.parse((await redis.cli('HGET', headKey, 'bases')) as string) as { id: string; version: number }[];

  async function keysOf({ store }: { store: MemoryCatalog }): Promise<string[]> {
    const keys: string[] = [];
    for await (const slice of store.documents()) keys.push(...slice.map(({ image }) => image.key));
    return keys.sort();
  }

  it('keeps a base when the last reply is lost', async () => {
    const one = await open();
    await one.log.begin();
    await one.log.commit(stepOf(one));
    await redis.cli('FLUSHALL');
    await redis.cli('SET', leaseKey, 'mine 1 {}');
    one.lost.word = "'bases'";
    await one.log.restore();
    const late = await open();
    await late.log.follow();
    expect(await keysOf(late)).toEqual(['k1']);
  });

  it('is read from the second newest base when the newest is damaged', async () => {
    const one = await open();
    await one.log.begin();
    for (let step = 0; step < 9; step += 1) await one.log.commit(stepOf(one, 400_000));
    const [newest, before] = await bases();
    expect(before!.version).toBeGreaterThan(0);
    expect(newest!.version).toBeGreaterThan(before!.version);
    await one.log.commit(stepOf(one));
    await redis.cli('SET', `test:catalog:{catalog}:base:${newest!.id}:0`, 'damaged', 'KEEPTTL');
    const late = await open();
    await late.log.follow();
    expect(await keysOf(late)).toEqual(await keysOf(one));
    expect(late.store.version).toBe(one.store.version);
    // Changes that neither base needs are deleted, and every other key has a time to live.
    const kept = (await redis.cli('KEYS', '*:change:*')) as string[];
    expect(Math.min(...kept.map((key) => Number(key.split(':').at(-1))))).toBe(before!.version + 1);
    for (const key of (await redis.cli('KEYS', '*')) as string[])
      if (key !== leaseKey) expect(await redis.cli('PTTL', key)).toBeGreaterThan(0);
  });

  it('goes on when the list of bases cannot be read', async () => {
    const one = await open();
    await one.log.begin();
    await one.log.commit(stepOf(one));
    await redis.cli('HSET', headKey, 'bases', '[{');
    const late = await open();
    await late.log.begin();
    await late.log.commit(stepOf(late));
    expect(await keysOf(late)).toEqual(['k1', 'k2']);
    const last = await open();
    await last.log.follow();
    expect(await keysOf(last)).toEqual(['k1', 'k2']);
  });

  it('is the same on all instances after one could not apply its own change', async () => {
    const one = await open();
    await one.log.begin();
    const apply = one.store.apply.bind(one.store);
    one.store.apply = () => Promise.reject(new Error('no memory'));
    await expect(one.log.commit(stepOf(one))).rejects.toThrow(Fenced);
    one.store.apply = apply;
    const other = { ...stepOf(one), images: [imageDocument('other')] };
    // The log has the change of this instance, and `begin` reads the change there.
    await expect(one.log.commit(other)).rejects.toThrow(Fenced);
    await one.log.begin();
    await one.log.commit({ ...other, version: 2 });
    const late = await open();
    await late.log.follow();
    expect(await keysOf(late)).toEqual(['k1', 'other']);
    expect(await keysOf(one)).toEqual(['k1', 'other']);
  });
});
