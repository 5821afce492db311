import { describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../../src/catalog/log/replica.js';
import { rowHash } from '../../../../src/catalog/model/row-hash.js';
import type { KnownRow } from '../../../../src/catalog/sync/known-rows.js';
import type { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import type { Lookups } from '../../../../src/catalog/sync/lookups.js';
import { RemovedRows } from '../../../../src/catalog/sync/removed-rows.js';
import type { TimeRange } from '../../../../src/catalog/sync/row-search.js';
import { UpstreamError } from '../../../../src/hss/errors.js';
import { TestClock } from '../../../support/test-clock.js';

const minute = 60_000;

/** A list of 2,000 rows that are known, which HSS counts each minute. */
function aList() {
  const clock = TestClock.still();
  const startedAt = clock.now();
  const timeOf = (name: number) => startedAt - minute * (name + 10);
  const known = new Set(Array.from({ length: 2_000 }, (_, name) => name));
  const hss = new Set(known);
  const asked: TimeRange[] = [];
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
  const refusal = new UpstreamError('invalid-request', 'no such filter');
  const hssDoes = { refuse: false };
  const take = (_list: string, range: TimeRange) => {
    asked.push(range);
    if (hssDoes.refuse) return Promise.reject(refusal);
    const names = [...hss].filter((name) => timeOf(name) >= range.from && timeOf(name) <= range.to);
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
  /** A minute later HSS has counted again. */
  const count = () => {
    clock.advance(minute);
    Object.assign(state, { total: hss.size, countedAt: clock.now() });
  };
  const isDue = () => removed.dueAt <= clock.now();
  const runNext = () => removed.runNext(new AbortController().signal);
  const isSearching = () => removed.isSearching;
  return { clock, known, hss, asked, hssDoes, refusal, count, isDue, isSearching, runNext };
}

describe('a search for removed rows', () => {
  it('finds each row at once after others were found', async () => {
    const { known, hss, count, isDue, runNext } = aList();
    for (let name = 100; name < 110; name += 1) {
      hss.delete(name);
      for (let counts = 0; counts < 3; counts += 1) {
        count();
        while (isDue()) await runNext();
      }
      expect([name, known.size]).toEqual([name, hss.size]);
    }
  });

  it('goes on while the next count is awaited, but for two minutes at most', async () => {
    const { clock, known, hss, count, isDue, isSearching, runNext } = aList();
    expect(isSearching()).toBe(false);
    for (const name of [100, 1_000]) hss.delete(name);
    count();
    expect(isSearching()).toBe(true);
    while (isDue()) await runNext();
    expect([known.size - hss.size, isSearching()]).toEqual([1, true]);
    clock.advance(2 * minute);
    expect(isSearching()).toBe(false);
    count();
    while (isDue()) await runNext();
    expect([known.size - hss.size, isSearching()]).toEqual([0, false]);
  });

  it('rests after HSS has refused a call, then begins anew', async () => {
    const { known, hss, hssDoes, refusal, count, isDue, runNext } = aList();
    hss.delete(100);
    hssDoes.refuse = true;
    count();
    await expect(runNext()).rejects.toThrow(refusal);
    hssDoes.refuse = false;
    for (let minutes = 1; minutes < 15; minutes += 1) {
      count();
      expect(isDue()).toBe(false);
    }
    count();
    while (isDue()) await runNext();
    expect(known.size).toBe(hss.size);
  });

  it('pauses, and leaves the rows to the walk, when its calls come too rarely', async () => {
    const { hss, asked, count, isDue, runNext } = aList();
    hss.delete(100);
    const mostMinutes = 60;
    const seen = { pauseMs: 0 };
    for (let minutes = 0; minutes < mostMinutes; minutes += 1) {
      count();
      seen.pauseMs = isDue() ? 0 : seen.pauseMs + minute;
      if (seen.pauseMs >= 10 * minute) break;
      if (minutes % 6 === 0 && isDue()) await runNext();
    }
    expect(seen.pauseMs).toBe(10 * minute);
    expect(asked.length).toBeLessThan(5);
  });
});
