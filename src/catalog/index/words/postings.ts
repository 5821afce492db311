/** Postings: the numbers of the rows that have a word. Most words have one row, so only more rows take a set. */
export class Postings {
  readonly #rows = new Map<string, number | Set<number>>();

  add(word: string, row: number): void {
    const known = this.#rows.get(word);
    if (known === undefined || known === row) this.#rows.set(word, row);
    else if (typeof known === 'number') this.#rows.set(word, new Set([known, row]));
    else known.add(row);
  }

  delete(word: string, row: number): void {
    const known = this.#rows.get(word);
    if (known === row) this.#rows.delete(word);
    if (typeof known !== 'object') return;
    known.delete(row);
    if (known.size === 0) this.#rows.delete(word);
  }

  /** The rows of all words with this part. */
  ofPart(part: string): number[] {
    return [...this.#rows.keys()].filter((word) => word.includes(part)).flatMap((word) => this.of(word));
  }

  of(word: string): number[] {
    const known = this.#rows.get(word);
    if (known === undefined) return [];
    return typeof known === 'number' ? [known] : [...known];
  }
}
