/** Words by number, and which of them the query engine has heard of. Of nothing, 0. */
export abstract class Dictionary<Word> {
  readonly #words: (Word | null)[] = [null];
  #settled = 1;

  /** How a word is found again. */
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

  /** What makes the same numbers again, piece by piece: null for what was forgotten. */
  saved(from: number, to: number): (Word | null)[] {
    return this.#words.slice(Math.max(1, from), to);
  }

  restore(words: readonly (Word | null)[]): void {
    for (const word of words)
      if (word === null) this.#words.push(null);
      else this.learn(word);
  }

  /** Those that came since they were last settled; what is told the query engine along with the rows. */
  unsettled(): [number: number, word: Word][] {
    return this.#words
      .slice(this.#settled)
      .flatMap((word, index): [number, Word][] => (word === null ? [] : [[this.#settled + index, word]]));
  }

  settle(): void {
    this.#settled = this.#words.length;
  }

  /** Of a word that no row has any more: it gets another number if it comes back. */
  forget(number: number): void {
    const word = this.at(number);
    if (word !== null) this.drop(word);
    this.#words[number] = null;
  }

  /** Forgets what was not settled, since the query engine has not heard of it. */
  undo(): void {
    for (const word of this.#words.splice(this.#settled)) if (word !== null) this.drop(word);
  }
}
