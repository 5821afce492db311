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
  const ranges = new RowSearch(all, known);
  const asked: TimeRange[] = [];
  const found: number[] = [];
  for (let range = ranges.asked; range; range = ranges.asked) {
    asked.push(range);
    const there = within(hss, range);
    const isWhole = there.length <= most;
    ranges.answered({ total: there.length, isWhole }, known);
    if (isWhole) found.push(...within(known, range).filter((time) => !there.includes(time)));
  }
  return { asked, found };
}

describe('the search for a removed row by totals', () => {
  it.each<[string, Case, number]>([
    ['one row in the first range', { known: spaced(10_000), gone: [10] }, 6],
    ['one row in the last range', { known: spaced(10_000), gone: [100_000] }, 7],
    ['one row of 100,000', { known: spaced(100_000), gone: [500_010] }, 10],
    ['two rows of one range', { known: spaced(10_000), gone: [10, 20] }, 6],
    ['one row in answers of fifty rows', { known: spaced(2_000), gone: [700], most: 50 }, 8],
    [
      'one row where many share a time',
      { known: [...spaced(900), ...spaced(10)].sort((a, b) => a - b), gone: [7_000] },
      4,
    ],
    ['one row of a list of one block', { known: spaced(90), gone: [300] }, 1],
  ])('finds %s', (_title, given, mostCalls) => {
    const { asked, found } = search(given);
    expect(found.sort((a, b) => a - b)).toEqual(given.gone);
    expect(asked.length).toBeLessThanOrEqual(mostCalls);
  });

  it.each<[string, Case, number]>([
    ['HSS has all rows', { known: spaced(5_000) }, 6],
    ['HSS has more rows', { known: spaced(500), hss: spaced(600) }, 3],
    [
      'all rows share one time',
      { known: Array.from({ length: 500 }, () => 70), hss: Array.from({ length: 499 }, () => 70) },
      0,
    ],
  ])('finds nothing where %s', (_title, given, mostCalls) => {
    const { asked, found } = search(given);
    expect(found).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(mostCalls);
  });

  it('finds the rows that are far from each other one after the other', () => {
    const known = spaced(10_000);
    const gone = [10, 100_000];
    const first = search({ known, gone });
    expect(first.found).toEqual([10]);
    const second = search({ known: known.filter((time) => time !== 10), gone: [100_000] });
    expect([second.found, first.asked.length + second.asked.length <= 13]).toEqual([[100_000], true]);
  });

  it('gives up on a range of which HSS tells no total', () => {
    const known = spaced(500);
    const ranges = new RowSearch(all, known);
    ranges.answered({ total: null, isWhole: false }, known);
    expect(ranges.asked).toBeUndefined();
  });

  it('ends after one call where HSS lacks no row with an update time', () => {
    const known = spaced(5_000);
    const ranges = new RowSearch(all, known, false);
    expect(ranges.asked).toEqual(all);
    ranges.answered({ total: 5_000, isWhole: false }, known);
    expect(ranges.asked).toBeUndefined();
    const lacking = new RowSearch(all, known, false);
    lacking.answered({ total: 4_999, isWhole: false }, known);
    expect(lacking.asked).toEqual({ from: 0, to: 25_009 });
  });

  it('asks for ranges that begin before they end', () => {
    const known = Array.from({ length: 900 }, (_, at) => 1_000 + at);
    for (const gone of [1_000, 1_450, 1_899]) {
      const { asked, found } = search({ known, gone: [gone] });
      expect([found, asked.every(({ from, to }) => from < to)]).toEqual([[gone], true]);
    }
  });
});
