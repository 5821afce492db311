/**
 * Searches a row that the catalog knows and HSS has no longer. HSS tells how many rows have their update time in a range,
 * so each call halves the range in which HSS lacks a row. Pure: RemovedRows asks HSS.
 */
import { blockRows } from '../../endpoints/lists/list-blocks.js';

/** Update times in ms, both ends included. */
export interface TimeRange {
  from: number;
  to: number;
}

/** HSS's answer about a range. */
export interface RangeAnswer {
  /** HSS's number of rows in the range. */
  total: number | null;
  /** The answer has all rows of the range. */
  isWhole: boolean;
}

/**
 * A row whose update time has just moved is missed in its old range until the next delta, and can lead to the wrong
 * half. Such a search finds nothing, and the next one begins anew. Update times that many rows share cannot be halved:
 * the walk finds these rows.
 */
export class RowSearch {
  /** The range to ask HSS for. Undefined: the search is over. */
  asked: TimeRange | undefined;
  /** A range of more known rows is halved. */
  #most = blockRows;

  /**
   * @param lacking the range in which HSS lacks a row.
   * @param known update times of all known rows, in ascending order.
   * @param isSure false: HSS is asked first whether it lacks a row of the range.
   */
  constructor(
    private lacking: TimeRange,
    known: readonly number[],
    isSure = true,
  ) {
    this.asked = isSure ? this.#next(known) : lacking;
  }

  answered({ total, isWhole }: RangeAnswer, known: readonly number[]): void {
    const { asked, lacking } = this;
    if (!asked) return;
    const there = within(known, asked).length;
    const isLacking = total !== null && total < there;
    const isLast = asked.to === lacking.to;
    this.asked = undefined;
    // The answer itself shows which row HSS lacks, or the search has followed a row that has moved.
    if (total === null || (isLacking ? isWhole : isLast)) return;
    // HSS may give fewer rows in an answer than were asked for.
    if (isLast) this.#most = Math.min(this.#most, Math.floor(there / 2));
    this.lacking = isLacking ? asked : { from: asked.to + 1, to: lacking.to };
    this.asked = this.#next(known);
  }

  #next(known: readonly number[]): TimeRange | undefined {
    const times = within(known, this.lacking);
    return times.length > this.#most ? lowerHalf(this.lacking, times) : this.lacking;
  }
}

function within(times: readonly number[], { from, to }: TimeRange): readonly number[] {
  return times.filter((time) => time >= from && time <= to);
}

/** A range with about half of the known rows. HSS takes no local range that begins where it ends. */
function lowerHalf({ from, to }: TimeRange, times: readonly number[]): TimeRange | undefined {
  const [least = to] = times;
  const middle = times[Math.ceil(times.length / 2)] ?? least;
  const end = (middle > least ? middle : (times.find((time) => time > least) ?? from)) - 1;
  return from < end && end + 1 < to ? { from, to: end } : undefined;
}
