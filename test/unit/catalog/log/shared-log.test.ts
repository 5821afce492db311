import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { Fenced } from '../../../../src/catalog/log/catalog-log.js';
import { encodeForLog } from '../../../../src/catalog/log/log-codec.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { SharedLog } from '../../../../src/catalog/log/shared-log.js';
import { Unreadable } from '../../../../src/catalog/log/stored-bases.js';
import { StoredLog } from '../../../../src/catalog/log/stored-log.js';
import type { ChangeSet } from '../../../../src/catalog/model/change-set.js';
import { changeSet, imageDocument, registryRecord } from '../../../support/catalog/documents.js';
import { FakeLogRedis } from '../../../support/catalog/fake-log-redis.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';
import { until } from '../../../support/until.js';

const leaseKey = 'catalog:{scope}:lease';
const dayMs = 24 * 3_600_000;

describe('the log of the catalog, on a Redis in memory', () => {
  let redis: FakeLogRedis;
  let clock: TestClock;
  let closing: AbortController;

  beforeEach(() => {
    redis = new FakeLogRedis();
    clock = TestClock.still();
    closing = new AbortController();
    hold('one');
  });

  afterEach(() => {
    closing.abort();
  });

  const hold = (token: string) => redis.values.set(leaseKey, `${token} 1 {}`);

  function open(token = 'one') {
    const store = new MemoryCatalog();
    const replica = new Replica(store, new CatalogReplay(clock));
    const log = new SharedLog(
      new StoredLog(redis.link, 'scope'),
      replica,
      () => token,
      clock,
      pino({ level: 'silent' }),
      closing.signal,
    );
    return { store, log };
  }
  type Instance = ReturnType<typeof open>;

  function nextStep({ store }: Instance): ChangeSet {
    const version = store.version + 1;
    const image = imageDocument(`k${version}`, { serial: version, entries: [registryRecord()] });
    return changeSet(version, { at: clock.now(), images: [image] });
  }

  async function openWith(steps: number): Promise<Instance> {
    const instance = open();
    await instance.log.begin();
    for (let step = 0; step < steps; step += 1) await instance.log.commit(nextStep(instance));
    return instance;
  }

  async function keysOf({ store }: Instance): Promise<string> {
    const keys: string[] = [];
    for await (const slice of store.documents()) keys.push(...slice.map(({ image }) => image.key));
    return keys.sort().join(' ');
  }

  async function isSettled(work: Promise<unknown>): Promise<boolean> {
    let settled = false;
    const note = () => (settled = true);
    work.then(note, note);
    for (let turns = 0; turns < 20; turns += 1) await eventLoopTurn();
    return settled;
  }

  /** Lets the pauses between tries pass until `work` is done. */
  async function afterPauses(work: Promise<unknown>): Promise<void> {
    while (!(await isSettled(work))) clock.advance(500);
    await work;
  }

  const bases = () => JSON.parse(redis.head!['bases']!) as { id: string; version: number; at: number }[];
  const damage = (key: string) => redis.values.set(key, 'damaged');
  const damageBase = (index: number) =>
    damage(redis.keys('base').find((key) => key.includes(bases()[index]!.id) && key.endsWith('summary'))!);

  it('hands each step to the instances that follow', async () => {
    const one = await openWith(1);
    const other = open('other');
    await other.log.follow();
    expect(await keysOf(other)).toBe('k1');
    await one.log.commit(nextStep(one));
    await other.log.follow();
    expect(await keysOf(other)).toBe('k1 k2');
    expect(other.store.epoch).toBe(one.store.epoch);
  });

  describe('after a step that took a purge over', () => {
    const purgeStep = (one: Instance): ChangeSet => {
      const step = nextStep(one);
      return { ...step, sync: { ...step.sync, purges: { upTo: 1, version: step.version } } };
    };
    /** Versions of the bases and of the steps in Redis. */
    const stored = () => [
      bases().map(({ version }) => version),
      redis.keys('change').map((key) => Number(key.split(':').at(-1))),
    ];

    it('has one base and nothing from before, soon', async () => {
      const one = await openWith(2);
      await one.log.commit(purgeStep(one));
      await one.log.commit({ ...nextStep(one), sync: one.store.sync });
      expect(stored()).toEqual([[0], [1, 2, 3, 4]]);
      clock.advance(20_000);
      await until(() => redis.keys('change').length === 0);
      expect(stored()).toEqual([[4], []]);
      const late = open('late');
      await late.log.follow();
      expect(await keysOf(late)).toBe('k1 k2 k3 k4');
    });

    it('is cleaned by the next writer when the present one is gone', async () => {
      const one = await openWith(2);
      await one.log.commit(purgeStep(one));
      one.log.stopWriting();
      hold('other');
      const other = open('other');
      await other.log.begin();
      clock.advance(20_000);
      await until(() => redis.keys('change').length === 0);
      expect(stored()).toEqual([[3], []]);
    });
  });

  it('goes on from the newest state when another instance begins', async () => {
    const one = await openWith(2);
    hold('other');
    const other = open('other');
    await other.log.begin();
    await other.log.commit(nextStep(other));
    expect([other.store.epoch, other.store.version]).toEqual([one.store.epoch, 3]);
  });

  describe('refuses a step', () => {
    it.each<[string, (one: Instance) => unknown]>([
      ['when another instance has the lease', () => hold('other')],
      ['after the order to stop', ({ log }) => log.stopWriting()],
    ])('%s', async (_title, happens) => {
      const one = await openWith(1);
      happens(one);
      await expect(one.log.commit(nextStep(one))).rejects.toThrow(Fenced);
      expect([one.store.version, redis.head!['version']]).toEqual([1, '1']);
    });

    it('before the log has begun', async () => {
      const one = open();
      await expect(one.log.commit(nextStep(one))).rejects.toThrow(Fenced);
    });

    it('after the store rejected a step, until the log begins again', async () => {
      const one = await openWith(1);
      const apply = one.store.apply.bind(one.store);
      one.store.apply = () => Promise.reject(new Error('no memory'));
      await expect(one.log.commit(nextStep(one))).rejects.toThrow(Fenced);
      one.store.apply = apply;
      await expect(one.log.commit(nextStep(one))).rejects.toThrow(Fenced);
      await one.log.begin();
      expect(await keysOf(one)).toBe('k1 k2');
    });
  });

  describe('keeps a step until Redis accepts the step', () => {
    it.each<[string, () => void, () => void]>([
      ['while Redis is away', () => (redis.isAway = true), () => (redis.isAway = false)],
      ['while there is no lease', () => redis.values.delete(leaseKey), () => hold('one')],
    ])('%s', async (_title, begins, ends) => {
      const one = await openWith(1);
      begins();
      const commit = one.log.commit(nextStep(one));
      clock.advance(60_000);
      expect(await isSettled(commit)).toBe(false);
      ends();
      await afterPauses(commit);
      expect([one.store.version, redis.head!['version']]).toEqual([2, '2']);
    });

    it('and writes the step once when the answer is lost', async () => {
      const one = await openWith(1);
      redis.lostAnswers = 1;
      await afterPauses(one.log.commit(nextStep(one)));
      expect([one.store.version, redis.head!['version']]).toEqual([2, '2']);
    });
  });

  describe('when Redis comes back empty', () => {
    it.each<[string, (one: Instance) => Promise<void>]>([
      ['is restored under the same epoch', ({ log }) => log.restore()],
      ['is written again with the next step', (one) => one.log.commit(nextStep(one))],
      ['is begun again under the same epoch by its last writer', ({ log }) => log.begin()],
    ])('%s', async (_title, write) => {
      const one = await openWith(2);
      const { epoch } = one.store;
      redis.empty();
      hold('one');
      await write(one);
      const late = open('late');
      await late.log.follow();
      expect(await keysOf(late)).toBe(await keysOf(one));
      expect(late.store.epoch).toBe(epoch);
      expect(late.store.version).toBeGreaterThanOrEqual(2);
    });

    it('gets a new epoch from an instance that may have missed steps', async () => {
      const one = await openWith(2);
      const other = open('other');
      await other.log.follow();
      redis.empty();
      hold('other');
      await other.log.begin();
      expect(other.store.epoch).not.toBe(one.store.epoch);
      expect(await keysOf(other)).toBe('k1 k2');
    });
  });

  it('restores nothing while Redis has a log', async () => {
    const one = await openWith(1);
    const written = redis.bases;
    await one.log.restore();
    expect(redis.bases).toBe(written);
  });

  describe('writes a new base', () => {
    it.each<[string, () => void, number]>([
      ['not after few short steps', () => undefined, 0],
      ['after more than a MiB of steps', () => (redis.head!['changeBytes'] = '1100000'), 1],
      ['not after a MiB beside a base of 10 MiB', () => edit({ bytes: 1e7 }, '1100000'), 0],
      ['after an eighth of a large base', () => edit({ bytes: 1e7 }, '1300000'), 1],
      ['after a thousand steps', () => edit({ version: -1_000 }), 1],
      ['not at the thousandth step', () => edit({ version: -998 }), 0],
      ['after a day', () => edit({ at: clock.now() - dayMs - 1 }), 1],
      ['not before the day is over', () => edit({ at: clock.now() - dayMs + 1 }), 0],
    ])('%s', async (_title, prepare, more) => {
      const one = await openWith(1);
      const written = redis.bases;
      prepare();
      await one.log.commit(nextStep(one));
      expect(redis.bases - written).toBe(more);
    });

    it('for an instance that cannot read the log, only by the writer', async () => {
      const one = await openWith(1);
      const written = redis.bases;
      await one.log.mend();
      expect(redis.bases).toBe(written + 1);
      one.log.stopWriting();
      await one.log.mend();
      expect(redis.bases).toBe(written + 1);
    });

    it('and deletes the keys that the last two bases do not need', async () => {
      const one = await openWith(1);
      for (let round = 0; round < 3; round += 1) {
        await one.log.mend();
        await one.log.commit(nextStep(one));
      }
      expect(bases().map(({ version }) => version)).toEqual([3, 2]);
      expect(redis.keys('change').map((key) => Number(key.split(':').at(-1)))).toEqual([3, 4]);
      expect(new Set(redis.keys('base').map((key) => key.split(':').at(-2)))).toEqual(
        new Set(bases().map(({ id }) => id)),
      );
    });

    it('and leaves no chunks of a base without the lease', async () => {
      const one = await openWith(1);
      const before = redis.keys('base');
      hold('other');
      await expect(one.log.mend()).rejects.toThrow(Fenced);
      expect(redis.keys('base')).toEqual(before);
    });
  });

  /** Changes the newest base in the head. */
  function edit(over: Partial<{ bytes: number; version: number; at: number }>, changeBytes = '0'): void {
    const [newest, ...older] = bases();
    Object.assign(redis.head!, { bases: JSON.stringify([{ ...newest, ...over }, ...older]), changeBytes });
  }

  describe('is read in spite of', () => {
    it.each<[string, () => unknown]>([
      ['a damaged newest base', () => damageBase(0)],
      ['a damaged list of bases', () => (redis.head!['bases'] = '[{')],
    ])('%s', async (_title, harm) => {
      const one = await openWith(1);
      await one.log.mend();
      await one.log.commit(nextStep(one));
      harm();
      const late = open('late');
      await late.log.follow();
      expect(await keysOf(late)).toBe('k1 k2');
    });

    it('a damaged step, from a newer base', async () => {
      const one = await openWith(1);
      const late = open('late');
      await late.log.follow();
      await one.log.commit(nextStep(one));
      await one.log.mend();
      damage(redis.keys('change').at(-1)!);
      await late.log.follow();
      expect(await keysOf(late)).toBe('k1 k2');
    });
  });

  describe('is unreadable for followers, and is begun again, with', () => {
    it.each<[string, () => unknown]>([
      ['a version that is no number', () => (redis.head!['version'] = 'abc')],
      ['no version', () => delete redis.head!['version']],
      ['no epoch', () => delete redis.head!['epoch']],
    ])('%s', async (_title, harm) => {
      const one = await openWith(2);
      harm();
      const follower = open('follower');
      await expect(follower.log.follow()).rejects.toThrow(Unreadable);
      hold('other');
      const other = open('other');
      await other.log.begin();
      await other.log.commit(nextStep(other));
      await follower.log.follow();
      expect(follower.store.epoch).toBe(other.store.epoch);
      expect(other.store.epoch).not.toBe(one.store.epoch);
    });
  });

  it('is read from a base when a step has the form of another release', async () => {
    const one = await openWith(1);
    const late = open('late');
    await late.log.follow();
    await one.log.commit(nextStep(one));
    await one.log.mend();
    const unknownForm = { ...changeSet(2, { at: clock.now() }), sync: undefined };
    redis.values.set(
      redis.keys('change').at(-1)!,
      await encodeForLog(Buffer.from(JSON.stringify(unknownForm))),
    );
    await late.log.follow();
    expect(await keysOf(late)).toBe('k1 k2');
  });

  it('deletes no billion of chunks that a damaged head counts', async () => {
    const one = await openWith(1);
    redis.head!['bases'] = JSON.stringify([{ ...bases()[0], chunks: 1e9 }]);
    await one.log.mend();
    await one.log.mend();
    expect(bases().map(({ version }) => version)).toEqual([1, 1]);
  });

  it('is unreadable for followers when all keys are damaged, and begins again', async () => {
    const one = await openWith(1);
    for (const key of [...redis.keys('base'), ...redis.keys('change')]) damage(key);
    const other = open('other');
    await expect(other.log.follow()).rejects.toThrow(Unreadable);
    hold('other');
    await other.log.begin();
    expect(other.store.epoch).not.toBe(one.store.epoch);
    expect(await keysOf(other)).toBe('');
  });
});
