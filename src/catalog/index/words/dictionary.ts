/** Where a dictionary keeps its words, by their numbers. */
export interface WordStore<Word> {
  /** One more than the largest number. */
  readonly size: number;
  at(number: number): Word | null;
  /** @param number at most `size`. */
  put(number: number, word: Word | null): void;
}

/** Words as they are. */
class PlainStore<Word> implements WordStore<Word> {
  readonly #words: (Word | null)[] = [null];

  get size(): number {
    return this.#words.length;
  }

  at(number: number): Word | null {
    return this.#words[number] ?? null;
  }

  put(number: number, word: Word | null): void {
    this.#words[number] = word;
  }
}

/**
 * Base class of the dictionaries: a number for each word, counted from 1. DuckDB's tables hold the numbers of words,
 * and ContentFiles those of files. A new word is "unsettled" until the transaction of its step has been committed. The
 * number of a forgotten word goes to a later word, so that the numbers do not grow for ever. A question never takes one
 * for the other: it names a version, and a word is forgotten when no version that can be asked has a row with it.
 */
export abstract class Dictionary<Word> {
  #free: number[] = [];
  #unsettled: number[] = [];

  constructor(private readonly words: WordStore<Word> = new PlainStore()) {}

  /** Makes a word findable. */
  protected abstract put(word: Word, number: number): void;
  protected abstract drop(word: Word, number: number): void;

  protected learn(word: Word): number {
    return this.#set(this.#free.pop() ?? this.size, word);
  }

  protected at(number: number): Word | null {
    return this.words.at(number);
  }

  /** One more than the largest number. */
  get size(): number {
    return this.words.size;
  }

  /** Words for a snapshot, piece by piece, in the order of their numbers; null for a forgotten word. */
  saved(from: number, to: number): (Word | null)[] {
    const first = Math.max(1, from);
    const length = Math.max(0, Math.min(to, this.size) - first);
    return Array.from({ length }, (_, index) => this.at(first + index));
  }

  /** Takes over saved words: each word gets the number it had. */
  restore(words: readonly (Word | null)[]): void {
    for (const word of words) {
      const number = this.size;
      if (word !== null) this.#set(number, word);
      else {
        this.words.put(number, null);
        this.#free.push(number);
      }
    }
  }

  /** The words that came since the last `settle`. The tables of words get them along with the rows. */
  unsettled(): [number: number, word: Word][] {
    return this.#unsettled.flatMap((number): [number, Word][] => {
      const word = this.at(number);
      return word === null ? [] : [[number, word]];
    });
  }

  /** All numbers but the used ones: also 0 and the numbers of forgotten words. */
  except(used: ReadonlySet<number>): number[] {
    return Array.from({ length: this.size }, (_, number) => number).filter((number) => !used.has(number));
  }

  settle(): void {
    this.#unsettled = [];
  }

  /** Removes a word that no row has any more. If the word comes back, it can get another number. */
  forget(number: number): void {
    const word = this.at(number);
    if (word === null) return;
    this.drop(word, number);
    this.words.put(number, null);
    this.#free.push(number);
  }

  /** Removes the unsettled words after a rollback: no row has them. */
  undo(): void {
    for (const number of this.#unsettled.reverse()) this.forget(number);
    this.settle();
  }

  #set(number: number, word: Word): number {
    this.words.put(number, word);
    this.#unsettled.push(number);
    this.put(word, number);
    return number;
  }
}
