/** The conditions of a list request, added one parameter at a time. A parameter that is not set adds no condition. */
import type { Int64 } from '../json.js';

export class Filters<Row> {
  readonly #conditions: ((row: Row) => boolean)[] = [];

  /** If `wanted` is undefined, every row passes. */
  where<Wanted>(wanted: Wanted | undefined, matches: (row: Row, wanted: Wanted) => boolean): this {
    if (wanted !== undefined) this.#conditions.push((row) => matches(row, wanted));
    return this;
  }

  apply(rows: readonly Row[]): readonly Row[] {
    return this.#conditions.reduce((left, condition) => left.filter(condition), rows);
  }
}

/** Both ends included, in ms. Numbers, since a list of 100,000 rows is compared with bigints three times as long. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export function isWithin(range: TimeRange, time: Int64 | null | undefined): boolean {
  return time != null && time >= range.from && time <= range.to;
}

/** A test can plant rows with values of any type. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function equalsInt64(value: Int64 | null | undefined, wanted: bigint): boolean {
  // A test can plant a value of any type, which no number equals.
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return false;
  return BigInt(value as Int64) === wanted;
}

/** A null or absent finding counts as not found. */
export function hasFindings(count: number | null | undefined): boolean {
  return (count ?? 0) > 0;
}
