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

/** HSS's answer about a range. */
export interface RangeAnswer {
  /** HSS's number of rows in the range. */
  total: number | null;
  /** The answer has all rows of the range. */
  isWhole: boolean;
}

interface Part extends TimeRange {
  /** How many rows more were known than HSS had, when HSS was asked. */
  surplus: number;
  /** HSS was asked for this part. Otherwise the surplus follows from the other half. */
  isCounted: boolean;
}

/**
 * A row whose update time has just moved is missed in its old range until the next delta, and can lead to the wrong
 * half. So before the search gives up, it asks for the halves that seemed to have all rows. Update times that many rows
 * share cannot be halved: the walk finds these rows.
 */
export class RowSearch {
  /** Ranges that do not overlap, the newest last. */
  readonly #parts: Part[] = [];
  #asked: { range: TimeRange; half?: { of: Part; other: TimeRange } } | undefined;

  /** @param all the range of all update times. */
  constructor(all: TimeRange) {
    this.#asked = { range: all };
  }

  /**
   * @param known update times of all known rows, in ascending order.
   * @returns the range to ask HSS for; the same one until `answered`. Undefined: the search is over.
   */
  next(known: readonly number[]): TimeRange | undefined {
    while (!this.#asked) {
      const part = this.#take();
      if (!part) return undefined;
      const times = within(known, part);
      const isHalved = part.surplus > 0 && (part.isCounted || times.length > blockRows);
      const [first, other] = isHalved ? halves(part, times) : [part];
      if (first) this.#asked = { range: first, ...(other && { half: { of: part, other } }) };
    }
    return this.#asked.range;
  }

  answered({ total, isWhole }: RangeAnswer, known: readonly number[]): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (!asked || total === null) return;
    const { range, half } = asked;
    const surplus = within(known, range).length - total;
    if (half) this.#parts.push({ ...half.other, surplus: half.of.surplus - surplus, isCounted: false });
    if (!isWhole && surplus > 0) this.#parts.push({ ...range, surplus, isCounted: true });
  }

  /** Takes a part in which HSS has fewer rows than are known; if there is none, a part that HSS was not asked for. */
  #take(): Part | undefined {
    const lacksRows = this.#parts.findLastIndex(({ surplus }) => surplus > 0);
    return this.#parts.splice(lacksRows < 0 ? this.#parts.length - 1 : lacksRows, 1)[0];
  }
}

function within(times: readonly number[], { from, to }: TimeRange): readonly number[] {
  return times.filter((time) => time >= from && time <= to);
}

/** Two ranges with about half of the known rows each, or none. HSS takes no local range that begins where it ends. */
function halves({ from, to }: TimeRange, times: readonly number[]): [TimeRange, TimeRange] | [] {
  const [least = to] = times;
  const middle = times[Math.ceil(times.length / 2)] ?? least;
  const at = middle > least ? middle : times.find((time) => time > least);
  if (at === undefined || at - 1 <= from || at >= to) return [];
  return [
    { from, to: at - 1 },
    { from: at, to },
  ];
}
