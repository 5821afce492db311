import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Purges } from '../../../../src/cache/purges.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { isComplete } from '../../../../src/catalog/model/sync-state.js';
import { isUnread } from '../../../../src/catalog/model/unread.js';
import { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import type { ListRow } from '../../../../src/catalog/sync/change-set-builder.js';
import { ConsumerReads } from '../../../../src/catalog/sync/consumer-reads.js';
import { ContentQueue } from '../../../../src/catalog/sync/content-queue.js';
import { ContentSync, type ContentSyncParts } from '../../../../src/catalog/sync/content-sync.js';
import { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import { ListSync } from '../../../../src/catalog/sync/list-sync.js';
import { Lookups } from '../../../../src/catalog/sync/lookups.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import { UnreadRows } from '../../../../src/catalog/sync/unread-rows.js';
import type { ListReader } from '../../../../src/endpoints/lists/list-reader.js';
import { contentDocument, registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

const { signal } = new AbortController();
const digestOf = (name: string) => name.repeat(64);
const row = (name: string): ListRow =>
  registryRow({ name, entryId: name, digest: `sha256:${digestOf(name)}`, severity: 'high' });

describe('the sync of the registry list around a purge', () => {
  let clock: TestClock;
  let store: MemoryCatalog;
  let purges: Purges;
  let committer: ChangeCommitter;
  let sync: ListSync;
  let unread: UnreadRows;
  let consumerReads: ConsumerReads;
  let recent: RecentReads;
  let asked: string[];
  /** Runs while HSS is being asked. */
  let duringCall: () => void;
  let answers: ListRow[];
  let replica: Replica;

  beforeEach(() => {
    clock = TestClock.still();
    store = new MemoryCatalog();
    purges = new Purges();
    replica = new Replica(store, new CatalogReplay(clock));
    recent = new RecentReads(clock);
    asked = [];
    answers = [];
    duringCall = () => undefined;
    const log = { begin: () => Promise.resolve(), commit: replica.apply.bind(replica) };
    const renew = ({ query }: { query: { name: string } }) => {
      asked.push(query.name);
      const { generation } = purges;
      const rows = query.name === 'all' ? answers : answers.filter(({ name }) => name === query.name);
      duringCall();
      return Promise.resolve({ rows, total: rows.length, fetchedAt: clock.now(), generation });
    };
    const reader = { renew } as unknown as ListReader;
    const list = (name: string) => ({ query: { name } });
    const requests = {
      name: 'registry',
      all: () => list('all'),
      changed: () => list('all'),
      reachesKnown: () => true,
      named: ({ name }: ListRow) => list(name!),
    } as unknown as ListRequests;
    committer = new ChangeCommitter(replica, log, recent, clock, new CatalogPurges(purges, ['project']));
    const pages = new ListPages(reader, committer, clock);
    const shared = { pages, replica, recent, clock, committer, log: pino({ level: 'silent' }) };
    const pace = { intervalMs: 0, deltaEveryMs: { scans: 60_000, updates: 60_000 } };
    const lookups = new Lookups(requests, shared);
    unread = new UnreadRows(requests, lookups, replica);
    const risks = { dueAt: Infinity, runNext: () => Promise.resolve() };
    const works = { lookups, unread, risks, removed: { ...risks, isSearching: false } };
    sync = new ListSync(requests, works, { ...shared, pace });
    replica.onApplied((changes) => unread.learn(changes));
    consumerReads = new ConsumerReads(store, committer, recent, new ContentQueue(store), clock);
  });

  const purge = (tag: string) => void purges.learn(tag, purges.generation + 1);
  const purgeDuringCall = (tag: string) => {
    duringCall = () => {
      purge(tag);
      duringCall = () => undefined;
    };
  };
  const takeOver = () => committer.commit(() => undefined);
  const walk = async (...names: string[]) => {
    answers = names.map(row);
    await sync.runNext(signal);
    await sync.runNext(signal);
  };
  const document = (name: string) => store.document(digestOf(name))!;
  const severities = () =>
    ['a', 'b', 'c'].map((name) => store.document(digestOf(name))?.entries[0]?.row.severity ?? null).join(' ');
  const state = () => store.sync.registry;

  it('reads a block again that was asked for before a purge of the list', async () => {
    purgeDuringCall('list:registry-images');
    await walk('a', 'b');
    expect([asked, state().walk, state().rows]).toEqual([['all', 'all'], null, 2]);
    expect(severities()).toBe('high high ');
  });

  it('keeps only the purged image out of a block', async () => {
    purgeDuringCall(`image:${digestOf('b')}`);
    await walk('a', 'b', 'c');
    expect([asked, severities()]).toEqual([['all'], 'high  high']);
    await walk('a', 'b', 'c');
    expect(severities()).toBe('high high high');
  });

  it('ends a running walk, and walks again before the list counts as read', async () => {
    await walk('a', 'b');
    store.sync.local.walkedAt = clock.now();
    clock.advance(3_600_000);
    // Both deltas come first.
    await sync.runNext(signal);
    await sync.runNext(signal);
    await sync.runNext(signal);
    expect(state().walk).not.toBeNull();
    purge('all');
    await takeOver();
    expect([severities(), state().walksDue, isComplete(store.sync)]).toEqual([' '.repeat(2), 2, false]);
    await sync.runNext(signal);
    expect([state().walk, state().walksDue, sync.dueAt]).toEqual([null, 1, 0]);
    await sync.runNext(signal);
    await sync.runNext(signal);
    expect([severities(), state().walksDue]).toEqual(['high high ', 0]);
  });

  it('takes over each purge once, without events, and keeps what finds the image', async () => {
    await walk('a', 'b');
    const { version } = store;
    purge(`image:sha256:${digestOf('a')}`);
    purge(`image:${digestOf('a')}`);
    await takeOver();
    await takeOver();
    const steps = store.applied.slice(version);
    expect(steps.flatMap(({ events }) => events)).toEqual([]);
    expect(steps.flatMap(({ images }) => images.map(({ key }) => key))).toEqual([digestOf('a')]);
    expect([isUnread(document('a')), isUnread(document('b'))]).toEqual([true, false]);
    expect(store.keysNamed({ name: 'a' })).toEqual([digestOf('a')]);
    expect(store.sync.purges).toEqual({ upTo: 2, version: version + 1 });
  });

  it.each(['key:hash', 'project:other', 'list:hosts'])('takes no step for %s', async (tag) => {
    await walk('a');
    const { version } = store;
    purge(tag);
    await takeOver();
    expect(store.version).toBe(version);
  });

  it('takes a large catalog over in several steps', async () => {
    answers = Array.from({ length: 1_200 }, (_, index) =>
      registryRow({ name: `n${index}`, entryId: `n${index}`, severity: 'low' }),
    );
    await sync.runNext(signal);
    const { version } = store;
    purge('project:project');
    await takeOver();
    const sizes = store.applied.slice(version).map(({ images }) => images.length);
    expect([Math.max(...sizes) <= 500, sizes.reduce((all, size) => all + size, 0)]).toEqual([true, 1_200]);
  });

  it('looks an unread image up by name, once', async () => {
    await walk('a', 'b');
    purge(`image:${digestOf('a')}`);
    await takeOver();
    expect(unread.dueAt).toBe(0);
    asked = [];
    await unread.runNext(signal);
    expect([asked, severities(), unread.dueAt === 0]).toEqual([['a'], 'high high ', false]);
  });

  it('leaves the rows of a purged list to the walk', async () => {
    await walk('a', 'b');
    purge('all');
    await takeOver();
    expect(unread.dueAt).toBe(Infinity);
  });

  it('drops a read of a consumer from before the purge', async () => {
    await walk('a');
    recent.begin();
    clock.advance(1_000);
    const read = { list: 'registry', rows: [row('a')], fetchedAt: clock.now(), total: null } as const;
    purge(`image:${digestOf('a')}`);
    await consumerReads.take({ ...read, rows: [row('a')], generation: 0 });
    expect(isUnread(document('a'))).toBe(true);
    await consumerReads.take({ ...read, rows: [row('a')], generation: 1 });
    expect(isUnread(document('a'))).toBe(false);
  });

  it.each(['all', 'list:image-files', `image:${digestOf('a')}`])(
    'drops content that was asked for before a purge of %s',
    async (tag) => {
      await walk('a');
      await committer.commit((builder) => builder.put(contentDocument(digestOf('a'), [], null)));
      const queue = new ContentQueue(store);
      await queue.rebuild();
      const page = () => {
        purge(tag);
        const freshness = { fetchedAt: clock.now(), outcome: 'uri-miss' };
        return Promise.resolve({ rows: [{ name: 'old' }], hasMore: false, freshness });
      };
      const contents = new ContentSync({
        reader: { learnScans: () => undefined, page },
        imageFiles: { of: () => ({}) },
        replica,
        committer,
        queue,
        clock,
        purges: new CatalogPurges(purges, []),
        lifeMs: 3_600_000,
      } as unknown as ContentSyncParts);
      expect(await contents.readNext('files', signal)).toBe(true);
      expect(store.content(digestOf('a'))?.files).toBeNull();
    },
  );
});
