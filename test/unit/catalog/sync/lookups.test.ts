import { describe, expect, it } from '@jest/globals';
import type { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import type { KnownRow } from '../../../../src/catalog/sync/known-rows.js';
import type { ListPages } from '../../../../src/catalog/sync/list-pages.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import { Lookups } from '../../../../src/catalog/sync/lookups.js';
import { TestClock } from '../../../support/test-clock.js';

/** The rows of one name in HSS, of which the catalog looks up one. @returns the rows that leave the catalog. */
async function lookUp(wanted: string, blocks: { rows: string[]; total: number | null }[]): Promise<string[]> {
  const removed: string[] = [];
  const builder = { remove: (_list: string, _key: string, rowKey: string) => removed.push(rowKey) };
  const take = (_name: string, _list: unknown, offset: number) => {
    const before = (index: number) => blocks.slice(0, index).reduce((sum, { rows }) => sum + rows.length, 0);
    const index = blocks.findIndex((_, at) => before(at) === offset);
    const { rows, total } = blocks[index]!;
    return Promise.resolve({ rows, total, met: new Set(rows), isLast: index === blocks.length - 1 });
  };
  const lookups = new Lookups({ name: 'local', named: () => ({ query: {} }) } as unknown as ListRequests, {
    pages: { take } as unknown as ListPages,
    committer: {
      commit: (fill: (each: typeof builder) => void) => {
        fill(builder);
        return Promise.resolve();
      },
    } as unknown as ChangeCommitter,
    clock: TestClock.still(),
  });
  const row = { hash: wanted, key: 'image', rowKey: wanted } as KnownRow;
  for (const lookup of lookups.of([row]).values()) await lookups.run(lookup, new AbortController().signal);
  return removed;
}

describe('the lookup of a row by its name', () => {
  it.each<[string, { rows: string[]; total: number | null }[], string[]]>([
    ['keeps a row that HSS has', [{ rows: ['a', 'x'], total: 2 }], []],
    ['removes a row that HSS does not have', [{ rows: ['a'], total: 1 }], ['x']],
    ['removes a row that no block of many has', blocks([3, ['a', 'b']], [3, ['c']]), ['x']],
    ['removes a row where HSS tells no total', blocks([null, ['a', 'b']], [null, []]), ['x']],
    ['decides nothing when a row has gone between two blocks', blocks([3, ['a', 'b']], [2, ['c']]), []],
    ['decides nothing when rows have changed places', blocks([3, ['a', 'b']], [3, ['a']]), []],
  ])('%s', async (_, answers, removed) => {
    expect(await lookUp('x', answers)).toEqual(removed);
  });
});

function blocks(...given: [number | null, string[]][]) {
  return given.map(([total, rows]) => ({ rows, total }));
}
