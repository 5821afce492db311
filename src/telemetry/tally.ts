/**
 * A histogram as plain numbers, counted where the work happens. src/metrics shows it in the form of Prometheus when it is
 * asked: a value costs the work a comparison and three additions.
 */
export class Tally {
  /** How many values were at most the bound with the same index, and above the bound before; the last: above all. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  /** @param bounds ascending, in the unit of the values. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}

/** Numbers by a word, such as a result or a reason. The words come from the code, so there are few of them. */
export class Counts<Word extends string = string> {
  readonly #counts = new Map<Word, number>();

  /** @param words are shown from the start, as 0: a rate can only be told of a series that was there before. */
  constructor(words: readonly Word[] = []) {
    for (const word of words) this.#counts.set(word, 0);
  }

  add(word: Word, by = 1): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + by);
  }

  get(word: Word): number {
    return this.#counts.get(word) ?? 0;
  }

  entries(): IterableIterator<[Word, number]> {
    return this.#counts.entries();
  }
}
