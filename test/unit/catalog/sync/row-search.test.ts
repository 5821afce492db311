import { describe, expect, it } from '@jest/globals';
import { RowSearch, type TimeRange } from '../../../../src/catalog/sync/row-search.js';

const all: TimeRange = { from: 0, to: 1_000_000 };
/** Update times 10, 20, 30 … of so many rows. */
const spaced = (rows: number) => Array.from({ length: rows }, (_, at) => 10 * (at + 1));
const within = (times: readonly number[], { from, to }: TimeRange) =>
  times.filter((time) => time >= from && time <= to);

interface Case {
  known: number[];
  /** HSS's update times. By default the known ones without `gone`. */
  hss?: number[];
  gone?: number[];
  /** Rows of one answer. */
  most?: number;
}

/** Searches to the end. @returns the calls, and the known rows that whole answers lacked. */
function search({ known, gone = [], hss = known.filter((time) => !gone.includes(time)), most = 200 }: Case) {
  const ranges = new RowSearch(all);
  const asked: TimeRange[] = [];
  const found: number[] = [];
  for (let range = ranges.next(known); range; range = ranges.next(known)) {
    if (found.length === gone.length && asked.length > 0) break;
    asked.push(range);
    const there = within(hss, range);
    const isWhole = there.length <= most;
    ranges.answered({ total: there.length, isWhole }, known);
    if (isWhole) found.push(...within(known, range).filter((time) => !there.includes(time)));
  }
  return { asked, found };
}

describe('the search for removed rows by totals', () => {
  it.each<[string, Case, number]>([
    ['one row in the first range', { known: spaced(10_000), gone: [10] }, 7],
    ['one row in the last range', { known: spaced(10_000), gone: [100_000] }, 8],
    ['one row of 100,000', { known: spaced(100_000), gone: [500_010] }, 11],
    ['two rows of one range', { known: spaced(10_000), gone: [10, 20] }, 7],
    ['two rows far from each other', { known: spaced(10_000), gone: [10, 100_000] }, 14],
    ['one row in answers of fifty rows', { known: spaced(2_000), gone: [700], most: 50 }, 9],
    [
      'one row where many share a time',
      { known: [...spaced(900), ...spaced(10)].sort((a, b) => a - b), gone: [7_000] },
      5,
    ],
    ['one row of a list of one block', { known: spaced(90), gone: [300] }, 1],
  ])('finds %s', (_title, given, mostCalls) => {
    const { asked, found } = search(given);
    expect(found.sort((a, b) => a - b)).toEqual(given.gone);
    expect(asked.length).toBeLessThanOrEqual(mostCalls);
  });

  it.each<[string, Case, number]>([
    ['HSS has all rows', { known: spaced(5_000) }, 1],
    ['HSS has more rows', { known: spaced(500), hss: spaced(600) }, 1],
    [
      'all rows share one time',
      { known: Array.from({ length: 500 }, () => 70), hss: Array.from({ length: 499 }, () => 70) },
      1,
    ],
  ])('finds nothing where %s', (_title, given, calls) => {
    const { asked, found } = search(given);
    expect([found, asked.length]).toEqual([[], calls]);
  });

  it('gives up on a range of which HSS tells no total', () => {
    const ranges = new RowSearch(all);
    const known = spaced(500);
    ranges.next(known);
    ranges.answered({ total: null, isWhole: false }, known);
    expect(ranges.next(known)).toBeUndefined();
  });

  it('asks for the same range until HSS has answered', () => {
    const ranges = new RowSearch(all);
    expect([ranges.next([]), ranges.next([])]).toEqual([all, all]);
  });

  it('asks for ranges that begin before they end and have no time twice', () => {
    const known = Array.from({ length: 900 }, (_, at) => 1_000 + at);
    const { asked, found } = search({ known, gone: [1_000, 1_450, 1_899] });
    expect(asked.every(({ from, to }) => from < to)).toBe(true);
    expect(found).toHaveLength(3);
    const ranges = new RowSearch(all);
    ranges.next(known);
    ranges.answered({ total: 899, isWhole: false }, known);
    const first = ranges.next(known)!;
    ranges.answered({ total: within(known, first).length, isWhole: false }, known);
    expect(ranges.next(known)!.from).toBeGreaterThan(first.to);
  });

  it('comes back to the other half after a moved row has misled it', () => {
    const known = spaced(1_600);
    const [moved, gone] = [10, 16_000];
    const ranges = new RowSearch(all);
    ranges.next(known);
    // The row moves after this answer, and is missed in its old range from then on.
    ranges.answered({ total: 1_599, isWhole: false }, known);
    const hss = known.filter((time) => time !== moved && time !== gone);
    const found: number[] = [];
    for (let range = ranges.next(known); range; range = ranges.next(known)) {
      const there = within(hss, range);
      const isWhole = there.length <= 200;
      ranges.answered({ total: there.length, isWhole }, known);
      if (isWhole) found.push(...within(known, range).filter((time) => !there.includes(time)));
    }
    expect(found).toEqual([moved, gone]);
  });
});
