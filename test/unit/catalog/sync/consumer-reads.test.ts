import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Purges } from '../../../../src/cache/purges.js';
import { encodeForLog } from '../../../../src/catalog/log/log-codec.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import type { ChangeSet } from '../../../../src/catalog/model/change-set.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import { decodeRead, encodeRead, type ConsumerRead } from '../../../../src/catalog/sync/consumer-read.js';
import { ConsumerReads } from '../../../../src/catalog/sync/consumer-reads.js';
import { ContentQueue } from '../../../../src/catalog/sync/content-queue.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import { registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

describe('what consumers read while Redis is away', () => {
  let clock: TestClock;
  let store: MemoryCatalog;
  let consumerReads: ConsumerReads;
  let steps: number;
  /** Redis takes no step before this. */
  let comeBack: () => void;

  beforeEach(() => {
    clock = TestClock.still();
    store = new MemoryCatalog();
    steps = 0;
    const back = new Promise<void>((resolve) => (comeBack = resolve));
    const replica = new Replica(store, new CatalogReplay(clock));
    const commit = async (changes: ChangeSet) => {
      await back;
      steps += 1;
      await replica.apply(changes);
    };
    const recent = new RecentReads(clock);
    const log = { begin: () => Promise.resolve(), commit };
    const purges = new CatalogPurges(new Purges(), ['project']);
    const committer = new ChangeCommitter(replica, log, recent, clock, purges);
    consumerReads = new ConsumerReads(store, committer, recent, new ContentQueue(store), clock);
  });

  const digest = (index: number) => String(index).padStart(64, '0');
  const take = (index: number, row: object = {}) =>
    consumerReads.take({
      list: 'registry',
      rows: [registryRow({ name: `n${index}`, digest: `sha256:${digest(index)}`, ...row })],
      fetchedAt: clock.now(),
      total: null,
    });

  it('is kept for later, the newest reads only', async () => {
    const taken = Array.from({ length: 300 }, (_, index) => take(index));
    for (let turn = 0; turn < 5; turn += 1) await eventLoopTurn();
    comeBack();
    await Promise.all(taken);
    expect(steps).toBeLessThan(30);
    expect([store.document(digest(299)), store.document(digest(290))]).not.toContain(undefined);
    expect(store.document(digest(100))).toBeUndefined();
  });

  it('enters the catalog in its order, also after a read that cannot be taken', async () => {
    comeBack();
    await Promise.all([take(1), take(2, { digest: 5, imageId: {} }), take(3)]);
    await take(4);
    expect([1, 3, 4].map((index) => store.document(digest(index))?.serial)).toEqual([1, 2, 3]);
  });
});

describe('a read on its way to the syncing instance', () => {
  const read = { list: 'registry', rows: [registryRow()], fetchedAt: 1, total: null, generation: 3 } as const;
  const named = { namespace: 'team', name: 'app' };
  const encoded = (value: unknown) => encodeForLog(Buffer.from(JSON.stringify(value)));

  it.each<[ConsumerRead]>([
    [{ ...read, rows: [registryRow()] }],
    [{ ...read, rows: [], total: 5, named: { ...named, tag: '1' } }],
    [{ part: 'files', imageId: 'id' }],
  ])('arrives unchanged', async (sent) => {
    expect(await decodeRead(await encodeRead(sent))).toEqual(sent);
  });

  it.each([
    ['another list', { ...read, list: 'later' }],
    ['no rows', { ...read, rows: undefined }],
    ['rows that are none', { ...read, rows: [null] }],
    ['no time', { ...read, fetchedAt: null }],
    ['another part', { part: 'later', imageId: 'id' }],
    ['half a name', { ...read, named: { name: 'app' } }],
    ['nothing', null],
  ])('is none with %s', async (_, sent) => {
    expect(await decodeRead(await encoded(sent))).toBeUndefined();
  });

  it('is none when it is no JSON or damaged', async () => {
    expect(await decodeRead(await encodeForLog(Buffer.from('{')))).toBeUndefined();
    expect(await decodeRead(Buffer.from('garbage'))).toBeUndefined();
  });
});
