/**
 * Base class of the dictionaries: a number for each word, counted from 1. DuckDB's tables hold the numbers. A new
 * word is "unsettled" until the transaction that writes its number has been committed. The number of a forgotten word
 * goes to a later word, so that the numbers do not grow for ever. A question never takes one for the other: it names a
 * version, and a word is forgotten when no version that can be asked has a row with it.
 */
export abstract class Dictionary<Word> {
  readonly #words: (Word | null)[] = [null];
  #free: number[] = [];
  #unsettled: number[] = [];

  /** Makes a word findable. */
  protected abstract put(word: Word, number: number): void;
  protected abstract drop(word: Word, number: number): void;

  protected learn(word: Word): number {
    return this.#set(this.#free.pop() ?? this.#words.length, word);
  }

  protected at(number: number): Word | null {
    return this.#words[number] ?? null;
  }

  /** One more than the largest number. */
  get size(): number {
    return this.#words.length;
  }

  /** Words for a snapshot, piece by piece, in the order of their numbers; null for a forgotten word. */
  saved(from: number, to: number): (Word | null)[] {
    return this.#words.slice(Math.max(1, from), to);
  }

  /** Takes over saved words: each word gets the number it had. */
  restore(words: readonly (Word | null)[]): void {
    for (const word of words) {
      const number = this.#words.length;
      if (word !== null) this.#set(number, word);
      else this.#free.push(this.#words.push(null) - 1);
    }
  }

  /** The words that came since the last `settle`. The tables of words get them along with the rows. */
  unsettled(): [number: number, word: Word][] {
    return this.#unsettled.flatMap((number): [number, Word][] => {
      const word = this.at(number);
      return word === null ? [] : [[number, word]];
    });
  }

  settle(): void {
    this.#unsettled = [];
  }

  /** Removes a word that no row has any more. If the word comes back, it can get another number. */
  forget(number: number): void {
    const word = this.at(number);
    if (word === null) return;
    this.drop(word, number);
    this.#words[number] = null;
    this.#free.push(number);
  }

  /** Removes the unsettled words after a rollback: DuckDB's tables do not hold them. */
  undo(): void {
    for (const number of this.#unsettled.reverse()) this.forget(number);
    this.settle();
  }

  #set(number: number, word: Word): number {
    this.#words[number] = word;
    this.#unsettled.push(number);
    this.put(word, number);
    return number;
  }
}
