/**
 * Searches the rows that the catalog knows and HSS has no longer. HSS tells how many rows a range of update times has.
 * Where the catalog knows more, the search halves the range and goes on. Pure: RemovedRows asks HSS.
 */
import { blockRows } from '../../endpoints/lists/list-blocks.js';

/** Update times in ms, both ends included. */
export interface TimeRange {
  from: number;
  to: number;
}

/** HSS's answer about a range, beside what the catalog knows. */
export interface RangeAnswer {
  /** HSS's number of rows in the range. */
  total: number | null;
  /** The answer has all rows of the range. */
  isWhole: boolean;
  /** Update times (ms) of the known rows in the range, in ascending order. */
  known: readonly number[];
}

/** A range in which the catalog knows more rows than HSS has. */
interface Part extends TimeRange {
  known: readonly number[];
  /** By how many rows. */
  surplus: number;
  /** HSS was asked for this range. Otherwise the surplus follows from the other half. */
  isCounted: boolean;
}

/** Update times that many rows share cannot be halved. The search gives up there, and the walk finds the rows. */
export class RowSearch {
  readonly #parts: Part[] = [];
  /** The range that HSS is asked for, and the part whose first half the range is. */
  #asked: { range: TimeRange; half?: { of: Part; other: TimeRange } } | undefined;

  /** @param all the range of all update times. */
  constructor(all: TimeRange) {
    this.#asked = { range: all };
  }

  /** The range to ask HSS for; the same one until `answered`. Undefined: the search is over. */
  next(): TimeRange | undefined {
    while (!this.#asked) {
      const part = this.#parts.pop();
      if (!part) return undefined;
      const [first, other] = part.isCounted || part.known.length > blockRows ? halves(part) : [part];
      if (first) this.#asked = { range: first, ...(other && { half: { of: part, other } }) };
    }
    return this.#asked.range;
  }

  /** @returns the number of rows that HSS lacks in the range. 0 for an answer that does not tell. */
  answered({ total, isWhole, known }: RangeAnswer): number {
    const asked = this.#asked;
    this.#asked = undefined;
    if (!asked || total === null) return 0;
    const surplus = known.length - total;
    if (asked.half) {
      const { of, other } = asked.half;
      const inOther = of.known.filter((time) => time >= other.from);
      this.#add({ ...other, known: inOther, surplus: of.surplus - surplus, isCounted: false });
    }
    if (!isWhole) this.#add({ ...asked.range, known, surplus, isCounted: true });
    return Math.max(0, surplus);
  }

  #add(part: Part): void {
    if (part.surplus > 0) this.#parts.push(part);
  }
}

/** Two ranges with about half of the known rows each, or none. HSS takes no local range that begins where it ends. */
function halves({ from, to, known }: Part): [TimeRange, TimeRange] | [] {
  const [least = to] = known;
  const middle = known[Math.ceil(known.length / 2)] ?? least;
  const at = middle > least ? middle : known.find((time) => time > least);
  if (at === undefined || at - 1 <= from || at >= to) return [];
  return [
    { from, to: at - 1 },
    { from: at, to },
  ];
}
