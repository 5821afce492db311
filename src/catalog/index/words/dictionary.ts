/**
 * Base class of the dictionaries: a number for each word, counted from 1. DuckDB's tables hold the numbers. A new
 * word is "unsettled" until the transaction that writes its number has been committed.
 */
export abstract class Dictionary<Word> {
  readonly #words: (Word | null)[] = [null];
  #settled = 1;

  /** Makes a word findable. */
  protected abstract put(word: Word, number: number): void;
  protected abstract drop(word: Word): void;

  protected learn(word: Word): number {
    const number = this.#words.push(word) - 1;
    this.put(word, number);
    return number;
  }

  protected at(number: number): Word | null {
    return this.#words[number] ?? null;
  }

  get size(): number {
    return this.#words.length;
  }

  /** Words for a snapshot, piece by piece, in the order of their numbers; null for a forgotten word. */
  saved(from: number, to: number): (Word | null)[] {
    return this.#words.slice(Math.max(1, from), to);
  }

  /** Takes over saved words: each word gets the number it had. */
  restore(words: readonly (Word | null)[]): void {
    for (const word of words)
      if (word === null) this.#words.push(null);
      else this.learn(word);
  }

  /** The words that came since the last `settle`. The tables of words get them along with the rows. */
  unsettled(): [number: number, word: Word][] {
    return this.#words
      .slice(this.#settled)
      .flatMap((word, index): [number, Word][] => (word === null ? [] : [[this.#settled + index, word]]));
  }

  settle(): void {
    this.#settled = this.#words.length;
  }

  /** Removes a word that no row has any more. If the word comes back, it gets another number. */
  forget(number: number): void {
    const word = this.at(number);
    if (word !== null) this.drop(word);
    this.#words[number] = null;
  }

  /** Removes the unsettled words after a rollback: DuckDB's tables do not hold them. */
  undo(): void {
    for (const word of this.#words.splice(this.#settled)) if (word !== null) this.drop(word);
  }
}
