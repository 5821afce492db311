import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Purges } from '../../../../src/cache/purges.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import type { ListRow } from '../../../../src/catalog/sync/change-set-builder.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import { ListSync } from '../../../../src/catalog/sync/list-sync.js';
import { Lookups } from '../../../../src/catalog/sync/lookups.js';
import type { SideWork } from '../../../../src/catalog/sync/schedule.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import type { DeltaKind } from '../../../../src/catalog/model/sync-state.js';
import { UpstreamError } from '../../../../src/hss/errors.js';
import type { ListReader } from '../../../../src/endpoints/lists/list-reader.js';
import { registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

interface Block {
  rows: ListRow[];
  total: number | null;
  /** How far the clock of the calling instance is ahead, in ms. */
  aheadMs?: number;
}

const minute = 60_000;
const hour = 60 * minute;

describe('the sync of a list', () => {
  let clock: TestClock;
  let store: MemoryCatalog;
  let replica: Replica;
  let sync: ListSync;
  /** Answers of HSS, in order. */
  let answers: Block[];
  /** The requests so far: `all`, a kind of delta, or the name that was asked for. */
  let asked: string[];
  let offsets: number[];
  let refused: string | undefined;
  /** Names that HSS can be asked for. */
  let canLookUp: boolean | string;
  let deltaEveryMs: Record<DeltaKind, number>;
  let unread: { dueAt: number; runNext: SideWork['runNext'] };
  const idle: SideWork = { dueAt: Infinity, runNext: () => Promise.resolve() };

  beforeEach(() => {
    clock = TestClock.still();
    store = new MemoryCatalog();
    replica = new Replica(store, new CatalogReplay(clock));
    answers = [];
    asked = [];
    offsets = [];
    canLookUp = true;
    refused = undefined;
    deltaEveryMs = { scans: 1_000 * hour, updates: 1_000 * hour };
    unread = { ...idle };
    sync = open();
  });

  function open(): ListSync {
    const recent = new RecentReads(clock);
    const log = { begin: () => Promise.resolve(), commit: replica.apply.bind(replica) };
    const renew = ({ query }: { query: { name: string } }, offset: number) => {
      asked.push(query.name);
      offsets.push(offset);
      if (query.name === refused) throw new UpstreamError('invalid-request', 'a name');
      const { rows, total, aheadMs = 0 } = answers.shift()!;
      return Promise.resolve({ rows, total, fetchedAt: clock.now() + aheadMs });
    };
    const list = (name: string) => ({ query: { name } });
    const requests = {
      name: 'registry',
      all: () => list('all'),
      changed: (kind: DeltaKind) => list(kind),
      reachesKnown: () => false,
      named: (row: ListRow) => (canLookUp === true || canLookUp === row.name ? list(row.name!) : null),
    };
    const committer = new ChangeCommitter(replica, log, recent, clock, new CatalogPurges(new Purges(), []));
    const parts = {
      pages: new ListPages({ renew } as unknown as ListReader, committer, clock),
      replica,
      recent,
      clock,
      committer,
      log: pino({ level: 'silent' }),
      pace: { intervalMs: 0, deltaEveryMs },
    };
    const ofList = requests as unknown as ListRequests;
    const removed = { ...idle, isSearching: false };
    const works = { lookups: new Lookups(ofList, parts), unread, risks: idle, removed };
    return new ListSync(ofList, works, parts);
  }

  const row = (name: string): ListRow => registryRow({ name, entryId: name });
  const run = async (tasks: number) => {
    for (let task = 0; task < tasks; task += 1) await sync.runNext(new AbortController().signal);
  };
  /** A walk of one block, and of an empty one unless the total ends the walk; then the judgement. */
  const walk = async (names: string[], total: number | null = names.length) => {
    clock.advance(hour);
    answers.push({ rows: names.map(row), total });
    if (total !== names.length) answers.push({ rows: [], total });
    await run(answers.length + 1);
  };
  const known = () => ['a', 'b', 'c', 'd'].filter((name) => store.keysNamed({ name }).length > 0).join('');
  const state = () => store.sync.registry;

  it('dates no row later than now, though the calling clock is ahead', async () => {
    answers.push({ rows: [row('a')], total: 1, aheadMs: 600_000 });
    await run(1);
    const [key] = store.keysNamed({ name: 'a' });
    const times = [state().walk!.startedAt, store.document(key!)!.entries[0]!.readAt];
    expect(Math.max(...times)).toBeLessThanOrEqual(clock.now());
  });

  it('is complete after a walk that has met all rows', async () => {
    await walk(['a', 'b']);
    expect([known(), state().walk, state().rows]).toEqual(['ab', null, 2]);
    expect(state().walkedAt).toBe(clock.now());
  });

  it('counts the rows in hand when HSS gives no total', async () => {
    await walk(['a', 'b'], null);
    expect([state().walk, state().total]).toEqual([null, 2]);
  });

  it('goes on where the rows of a block end', async () => {
    answers.push({ rows: ['a', 'b'].map(row), total: 4 });
    await run(1);
    expect(state()).toMatchObject({ walk: { offset: 2 }, walkedAt: null });
    answers.push({ rows: ['c'].map(row), total: 4 }, { rows: ['d'].map(row), total: 4 });
    await run(3);
    expect(offsets).toEqual([0, 2, 3]);
    expect([known(), state().walk, state().rows]).toEqual(['abcd', null, 4]);
  });

  it('walks again at once when HSS counts more rows than it shows', async () => {
    await walk(['a', 'b'], 3);
    expect(state().walk).toMatchObject({ number: 2, offset: 0, follows: { total: 3, rows: 2 } });
  });

  it('takes a difference that two walks agree on for rows that look alike', async () => {
    await walk(['a', 'b'], 3);
    await walk(['a', 'b'], 3);
    expect([state().walk, state().duplicates]).toEqual([null, 1]);
    await walk(['a', 'b'], 3);
    expect(state().walk).toBeNull();
  });

  describe('for a delta of more rows than five blocks', () => {
    const block = (total: number) => ({
      rows: Array.from({ length: 200 }, (_, at) => row(`row${at}`)),
      total,
    });
    const longDelta = async () => {
      await walk(['a']);
      deltaEveryMs.updates = minute;
      clock.advance(minute);
      answers.push(...Array.from({ length: 5 }, () => block(2_000)));
      await run(1);
    };

    it('walks instead, and reads later deltas from where it stopped', async () => {
      const walkedAt = (await walk(['a']), state().walkedAt);
      await longDelta();
      const cutAt = clock.now();
      expect(asked.slice(-5)).toEqual(Array.from({ length: 5 }, () => 'updates'));
      expect(state()).toMatchObject({
        updatesAt: expect.any(Number),
        cutShort: { updates: cutAt },
        walk: null,
      });
      expect(state().updatesAt).toBeLessThan(cutAt);
      expect(walkedAt).toBeLessThan(cutAt);
      answers.push({ rows: [row('a')], total: 1 });
      await run(1);
      expect([asked.at(-1), state().walk?.startedAt]).toEqual(['all', cutAt]);
    });

    it('goes on with the walk after the next delta, where another instance takes over', async () => {
      await longDelta();
      answers.push({ rows: [row('a')], total: 2 });
      await run(1);
      sync = open();
      clock.advance(minute);
      answers.push({ rows: [], total: 0 });
      await run(1);
      expect([asked.at(-1), state().cutShort]).toEqual(['updates', { updates: clock.now() }]);
      answers.push({ rows: [row('b')], total: 2 });
      await run(1);
      expect([asked.at(-1), offsets.at(-1)]).toEqual(['all', 1]);
    });

    it('reads one block of the next delta, then goes on with the walk', async () => {
      await longDelta();
      answers.push({ rows: [row('a')], total: 600 });
      await run(1);
      clock.advance(minute);
      answers.push(block(2_000), { rows: [row('b')], total: 600 });
      await run(2);
      expect(asked.slice(-3)).toEqual(['all', 'updates', 'all']);
    });

    it('knows all changes up to the later delta when the walk has ended', async () => {
      await longDelta();
      answers.push({ rows: [row('a')], total: 2 });
      await run(1);
      clock.advance(minute);
      const readAt = clock.now();
      answers.push({ rows: [], total: 0 }, { rows: [row('b')], total: 2 });
      await run(3);
      expect(state()).toMatchObject({ walk: null, updatesAt: readAt });
      expect(state().cutShort).toBeUndefined();
    });
  });

  describe('for a row that a walk has missed', () => {
    // After a lookup the walk is judged again.
    /** 400 rows in HSS's count, so that one lookup is cheaper than another walk. */
    const long = async (names: string[]) => {
      const many = Array.from({ length: 400 - names.length }, (_, index) => row(`row${index}`));
      const rows = [...names.map(row), ...many];
      clock.advance(hour);
      answers.push({ rows: rows.slice(0, 200), total: 400 }, { rows: rows.slice(200), total: 400 });
      await run(3);
    };

    it('asks by name, and takes the row away when it is not found', async () => {
      await long(['a']);
      await long([]);
      expect(state().walk?.isLookingUp).toBe(true);
      answers.push({ rows: [], total: 0 });
      await run(2);
      expect(asked.at(-1)).toBe('a');
      expect([known(), state().walk, store.sync.missedOnce]).toEqual(['', null, []]);
    });

    it('asks by name before a long purge is read again', async () => {
      await long(['a']);
      await long([]);
      unread.dueAt = 0;
      answers.push({ rows: [], total: 0 });
      await run(2);
      expect([asked.at(-1), known(), state().walk]).toEqual(['a', '', null]);
    });

    it('asks by name, and keeps the row when it is found', async () => {
      await long(['a']);
      await long([]);
      answers.push({ rows: [row('a')], total: 1 });
      await run(2);
      expect([known(), state().walk, store.sync.missedOnce]).toEqual(['a', null, []]);
    });

    it('takes the row away when HSS finds only names that contain its name', async () => {
      await long(['a']);
      await long([]);
      answers.push({ rows: [row('a-debug'), row('ab')], total: 2 });
      await run(2);
      expect([known(), state().walk, store.sync.missedOnce]).toEqual(['', null, []]);
      expect(store.keysNamed({ name: 'a-debug' })).toHaveLength(1);
    });

    it('keeps the row when its name is in too many others', async () => {
      await long(['a']);
      await long([]);
      const others = Array.from({ length: 200 }, (_, index) => row(`row${index}`));
      const page = { rows: others, total: 1_200 };
      answers.push(page, page, page, page, page);
      await run(2);
      expect(asked.slice(-6)).toEqual(['all', 'a', 'a', 'a', 'a', 'a']);
      expect([known(), state().walk, store.sync.missedOnce.length]).toEqual(['a', null, 1]);
      canLookUp = false;
      await long([]);
      expect([known(), state().walk]).toEqual(['', null]);
    });

    it('continues the lookups of an instance that is gone', async () => {
      await long(['a', 'b', 'c']);
      await long(['b', 'c']);
      sync = open();
      answers.push({ rows: [], total: 0 });
      await run(3);
      expect([asked.at(-1), known(), state().walk]).toEqual(['a', 'bc', null]);
    });

    it('asks for the names that it can, and leaves other rows alone', async () => {
      await long(['a', 'b']);
      canLookUp = 'b';
      await long([]);
      answers.push({ rows: [], total: 0 });
      await run(2);
      expect([asked.at(-1), known(), state().walk, store.sync.missedOnce.length]).toEqual([
        'b',
        'a',
        null,
        1,
      ]);
      await long([]);
      expect([known(), state().walk]).toEqual(['', null]);
    });

    it('leaves a row to the next walk whose name HSS refuses', async () => {
      await long(['a']);
      await long([]);
      refused = 'a';
      await run(2);
      expect([known(), state().walk, store.sync.missedOnce.length]).toEqual(['a', null, 1]);
    });

    it('walks again at once where HSS cannot be asked by name', async () => {
      canLookUp = false;
      await long(['a']);
      await long([]);
      expect([known(), state().walk?.number]).toEqual(['a', 2]);
    });

    it('takes the row away when the next walk misses it too', async () => {
      canLookUp = false;
      await walk(['a', 'b']);
      await walk(['a']);
      expect(known()).toBe('ab');
      await walk(['a']);
      expect([known(), state().walk]).toEqual(['a', null]);
    });

    it('keeps the row when the next walk meets it', async () => {
      canLookUp = false;
      await walk(['a', 'b']);
      await walk(['a']);
      await walk(['a', 'b']);
      expect([known(), state().walk]).toEqual(['ab', null]);
    });
  });
});
