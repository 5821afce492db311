// The history of changes goes with the bases of the log, so that marks of consumers outlive every instance.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { SharedLog } from '../../../../src/catalog/log/shared-log.js';
import { StoredLog } from '../../../../src/catalog/log/stored-log.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import type { CatalogEvent } from '../../../../src/catalog/model/catalog-event.js';
import { HistoryGone } from '../../../../src/catalog/model/sources.js';
import { RecentChanges } from '../../../../src/catalog/routes/recent-changes.js';
import { changeSet } from '../../../support/catalog/documents.js';
import { FakeLogRedis } from '../../../support/catalog/fake-log-redis.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

const event = (name: string): CatalogEvent => ({
  kind: 'appeared',
  key: name,
  imageId: null,
  digest: null,
  namespace: null,
  name,
  tag: null,
  before: null,
  after: null,
  hostId: null,
  hostName: null,
});

describe('the history of changes in the log', () => {
  let redis: FakeLogRedis;
  const clock = TestClock.still();

  beforeEach(() => {
    redis = new FakeLogRedis();
    hold('one');
  });

  const hold = (token: string) => redis.values.set('catalog:{scope}:lease', `${token} 1 {}`);

  function open(token: string, maxEvents?: number) {
    const store = new MemoryCatalog();
    const changes = new RecentChanges(maxEvents);
    const replica = new Replica(store, new CatalogReplay(clock), changes);
    const stored = new StoredLog(redis.link, 'scope');
    const { signal } = new AbortController();
    const log = new SharedLog(stored, replica, () => token, clock, pino({ level: 'silent' }), signal);
    const tell = (...names: string[]) =>
      log.commit(changeSet(store.version + 1, { at: clock.now(), events: names.map(event) }));
    const told = async (since?: string) => {
      const { items, mark } = await changes.since(since, 100_000);
      return { names: items.map(({ name }) => name).join(' '), mark };
    };
    return { store, log, tell, told };
  }

  async function written(maxEvents?: number) {
    const one = open('one', maxEvents);
    await one.log.begin();
    await one.tell('a', 'b');
    const { mark } = await one.told();
    return { one, mark };
  }

  it.each([1, 2, 5])('is the same on an instance that loads a base, after %i bases', async (bases) => {
    const { one, mark } = await written();
    const names: string[] = [];
    for (let base = 0; base < bases; base += 1) {
      await one.tell(`c${base}`);
      await one.tell();
      await one.log.mend();
      await one.tell(`d${base}`);
      names.push(`c${base}`, `d${base}`);
    }
    const late = open('late');
    await late.log.follow();
    expect((await late.told()).names).toBe(`a b ${names.join(' ')}`);
    expect(await late.told(mark)).toEqual(await one.told(mark));
    expect((await late.told(mark)).names).toBe(names.join(' '));
  });

  it('goes on from one writing instance to the next', async () => {
    const { one, mark } = await written();
    await one.log.mend();
    one.log.stopWriting();
    hold('next');
    const next = open('next');
    await next.log.begin();
    await next.tell('c');
    await next.log.mend();
    hold('last');
    const last = open('last');
    await last.log.begin();
    await last.tell('d');
    expect((await last.told(mark)).names).toBe('c d');
    await one.log.follow();
    expect((await one.told(mark)).names).toBe('c d');
  });

  it('outlives a loss of Redis with the instance that writes', async () => {
    const { one, mark } = await written();
    redis.values.clear();
    redis.head = undefined;
    hold('one');
    await one.log.restore();
    await one.tell('c');
    const late = open('late');
    await late.log.follow();
    expect((await late.told(mark)).names).toBe('c');
  });

  it('is read in pieces, and ends where the writing instance forgets', async () => {
    const { one, mark } = await written(5_000);
    const names = Array.from({ length: 4_997 }, (_, at) => `n${at}`);
    for (let at = 0; at < names.length; at += 700) await one.tell(...names.slice(at, at + 700));
    await one.log.mend();
    expect(redis.keys('base').filter((key) => key.includes('history')).length).toBeGreaterThan(2);
    await one.tell('end', 'of', 'all');
    const late = open('late', 5_000);
    await late.log.follow();
    for (const { told } of [one, late]) {
      // The first step is no longer kept, so the changes after it are the oldest ones.
      expect((await told(mark)).names === [...names, 'end', 'of', 'all'].join(' ')).toBe(true);
      await expect(told(mark.replace(/\d+\.\d+$/, '0.0'))).rejects.toThrow(HistoryGone);
    }
  });

  it.each<[string, () => void]>([
    [
      'a damaged piece',
      () =>
        redis.values.set(
          redis.keys('base').find((key) => key.endsWith('history-0'))!,
          'damaged',
        ),
    ],
    [
      'a base of an earlier release',
      () => {
        const [base] = JSON.parse(redis.head!['bases']!) as [object];
        redis.head!['bases'] = JSON.stringify([{ ...base, history: undefined }]);
      },
    ],
  ])('begins with %s, and says that earlier marks are gone', async (_, spoil) => {
    const { one, mark } = await written();
    await one.log.mend();
    await one.tell('c');
    spoil();
    const late = open('late');
    await late.log.follow();
    expect((await late.told()).names).toBe('c');
    await expect(late.told(mark)).resolves.toMatchObject({ names: 'c' });
    await expect(late.told(mark.replace(/\d+\.\d+$/, '0.0'))).rejects.toThrow(HistoryGone);
  });

  it('is deleted with its base', async () => {
    const { one } = await written();
    for (let round = 0; round < 3; round += 1) {
      await one.tell('c');
      await one.log.mend();
    }
    const bases = JSON.parse(redis.head!['bases']!) as { id: string }[];
    expect(new Set(redis.keys('base').map((key) => key.split(':').at(-2)))).toEqual(
      new Set(bases.map(({ id }) => id)),
    );
  });
});
