import { beforeEach, describe, expect, it } from '@jest/globals';
import { Purges } from '../../../../src/cache/purges.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import type { ListRow } from '../../../../src/catalog/sync/change-set-builder.js';
import { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import { Lookups } from '../../../../src/catalog/sync/lookups.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import { RiskyRows } from '../../../../src/catalog/sync/risky-rows.js';
import type { ListReader } from '../../../../src/endpoints/lists/list-reader.js';
import { UpstreamError } from '../../../../src/hss/errors.js';
import { registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

const { signal } = new AbortController();
const minute = 60_000;

describe('a round over the risky rows', () => {
  let clock: TestClock;
  let store: MemoryCatalog;
  let risks: RiskyRows;
  let lookups: Lookups;
  let begunAt: number;
  let asked: string[];
  let offsets: number[];
  /** HSS's rows by name, with their severities. */
  let inHss: Record<string, string>;
  /** An offset that HSS refuses. */
  let refusedOffset: number | undefined;
  /** Rows of a page. With fewer than all, the rows come in the order of their names. */
  let pageRows: number;

  beforeEach(async () => {
    clock = TestClock.still();
    begunAt = clock.now();
    store = new MemoryCatalog();
    asked = [];
    offsets = [];
    pageRows = Infinity;
    refusedOffset = undefined;
    const replica = new Replica(store, new CatalogReplay(clock));
    const recent = new RecentReads(clock);
    const log = { begin: () => Promise.resolve(), commit: replica.apply.bind(replica) };
    const purges = new CatalogPurges(new Purges(), []);
    const committer = new ChangeCommitter(replica, log, recent, clock, purges);
    const renew = ({ query: { name } }: { query: { name: string } }, offset: number) => {
      asked.push(name);
      offsets.push(offset);
      if (offset === refusedOffset) throw new UpstreamError('invalid-request', 'no such page');
      const fits = name === 'risky' ? isHigh : (row: ListRow) => row.name === name;
      const rows = Object.entries(inHss).map(rowOf).filter(fits);
      const page = rows.slice(offset, offset + pageRows);
      return Promise.resolve({ rows: page, total: rows.length, fetchedAt: clock.now(), generation: 0 });
    };
    const rowOf = ([name, severity]: [string, string]) => registryRow({ name, entryId: name, severity });
    const isHigh = (row: ListRow) => row.severity === 'high';
    const requests = {
      name: 'registry',
      risky: () => ({ query: { name: 'risky' } }),
      isRisky: isHigh,
      isBefore: (first: ListRow, second: ListRow) => pageRows < Infinity && first.name! < second.name!,
      named: ({ name }: ListRow) => (name === 'unnamed' ? null : { query: { name } }),
    } as unknown as ListRequests;
    const pages = new ListPages({ renew } as unknown as ListReader, committer, clock);
    const parts = { replica, committer, pages, clock, pace: { intervalMs: 0, deltaEveryMs } };
    lookups = new Lookups(requests, parts);
    risks = new RiskyRows(requests, lookups, parts);
    const known = ['a', 'b', 'c', 'unnamed'].map((name) => rowOf([name, 'high']));
    await committer.commit((builder) => {
      for (const row of known) builder.upsert('registry', row, clock.now());
      builder.sync.registry.walkedAt = clock.now();
    });
    clock.advance(20 * minute);
  });

  const deltaEveryMs = { scans: minute, updates: minute };
  const severity = (name: string) => {
    const [key] = store.keysNamed({ name });
    return key === undefined ? 'gone' : store.document(key)!.entries[0]!.row.severity;
  };
  const round = async () => {
    do {
      if (lookups.dueAt === 0) await lookups.runNext(signal);
      else await risks.runNext(signal);
    } while (lookups.dueAt === 0 || risks.dueAt <= clock.now());
  };

  it('looks rows up by name that are not risky any more', async () => {
    inHss = { a: 'high', b: 'low', unnamed: 'low' };
    await round();
    expect(asked.sort()).toEqual(['b', 'c', 'risky']);
    expect(['a', 'b', 'c', 'unnamed'].map(severity)).toEqual(['high', 'low', 'gone', 'high']);
    expect(store.sync.registry.risksAt).toBe(begunAt + 20 * minute);
  });

  it('looks a row up as soon as the sorted list has passed it', async () => {
    inHss = { a: 'high', c: 'high', unnamed: 'high' };
    pageRows = 2;
    await risks.runNext(signal);
    await lookups.runNext(signal);
    expect([asked, severity('b')]).toEqual([['risky', 'b'], 'gone']);
    expect(store.sync.registry.risksAt).toBeUndefined();
    await round();
    expect([asked, store.sync.registry.risksAt]).toEqual([['risky', 'b', 'risky'], begunAt + 20 * minute]);
  });

  it('rests after HSS has refused a page, then begins again with the first one', async () => {
    inHss = { a: 'high', b: 'high', c: 'high', unnamed: 'high' };
    pageRows = 2;
    refusedOffset = 2;
    await risks.runNext(signal);
    await expect(risks.runNext(signal)).rejects.toThrow('no such page');
    expect(risks.dueAt).toBe(clock.now() + 15 * minute);
    clock.advance(15 * minute);
    refusedOffset = undefined;
    expect(risks.dueAt).toBeLessThanOrEqual(clock.now());
    await round();
    expect([offsets, store.sync.registry.risksAt]).toEqual([[0, 2, 0, 2], begunAt + 35 * minute]);
  });
});
