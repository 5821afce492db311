import { expect, it } from '@jest/globals';
import type { Replica } from '../../../../src/catalog/log/replica.js';
import { rowHash } from '../../../../src/catalog/model/row-hash.js';
import type { KnownRow } from '../../../../src/catalog/sync/known-rows.js';
import type { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import type { Lookups } from '../../../../src/catalog/sync/lookups.js';
import { RemovedRows } from '../../../../src/catalog/sync/removed-rows.js';
import type { TimeRange } from '../../../../src/catalog/sync/row-search.js';
import { TestClock } from '../../../support/test-clock.js';

const minute = 60_000;

it('searches each removed row at once after others were found', async () => {
  const clock = TestClock.still();
  const startedAt = clock.now();
  const timeOf = (name: number) => startedAt - minute * (name + 10);
  const known = new Set(Array.from({ length: 2_000 }, (_, name) => name));
  const hss = new Set(known);
  const state = { walkedAt: 1, total: 2_000, rows: 2_000, duplicates: 0, countedAt: startedAt };
  const imageOf = (name: number) => ({
    key: String(name),
    entries: [
      { rowKey: 'row', variantOf: null, readAt: 0, row: { updatedAt: new Date(timeOf(name)).toISOString() } },
    ],
  });
  const store = {
    sync: { registry: state },
    document: (key: string) => (known.has(Number(key)) ? imageOf(Number(key)) : undefined),
    documents: async function* () {
      yield await Promise.resolve([...known].map((name) => ({ image: imageOf(name) })));
    },
  };
  const take = (_list: string, { from, to }: TimeRange) => {
    const names = [...hss].filter((name) => timeOf(name) >= from && timeOf(name) <= to);
    const met = new Set(names.map((name) => rowHash('registry', { key: String(name), rowKey: 'row' })));
    const isLast = names.length <= 200;
    return Promise.resolve({ rows: isLast ? names : names.slice(0, 200), total: names.length, isLast, met });
  };
  const lookups = {
    of: (rows: KnownRow[]) => rows,
    add: (rows: KnownRow[]) => {
      for (const { key } of rows) known.delete(Number(key));
      state.rows = known.size;
    },
  };
  const removed = new RemovedRows(
    { name: 'registry', changed: (_kind: string, range: TimeRange) => range } as unknown as ListRequests,
    lookups as unknown as Lookups,
    { replica: { store } as unknown as Replica, pages: { take } as unknown as ListPages, clock },
  );
  for (let name = 100; name < 110; name += 1) {
    hss.delete(name);
    for (let count = 0; count < 3; count += 1) {
      clock.advance(minute);
      Object.assign(state, { total: hss.size, countedAt: clock.now() });
      while (removed.dueAt <= clock.now()) await removed.runNext(new AbortController().signal);
    }
    expect([name, known.size]).toEqual([name, hss.size]);
  }
});
