import { PairNumbers } from './word-pairs.js';

interface FileWord {
  path: string;
  name: string;
}

/** Numbers for files as images hold them: a directory and a name. Like Words, of pairs. */
export class FileWords {
  readonly #numbers = new PairNumbers();
  readonly #words: (FileWord | null)[] = [null];
  #settled = 1;
  /** Which file came after each one last time: images on one base list the same files in the same order. */
  readonly #after: number[] = [];
  #last = 0;

  /** Null and empty are one: neither is a part of anything but the empty word. */
  numberOf(path: string | null, name: string | null): number {
    const guess = this.#after[this.#last] ?? 0;
    const guessed = this.#words[guess];
    const isRight = guessed && guessed.name === (name ?? '') && guessed.path === (path ?? '');
    const number = isRight ? guess : this.#find(path ?? '', name ?? '');
    this.#after[this.#last] = number;
    this.#last = number;
    return number;
  }

  #find(path: string, name: string): number {
    const known = this.#numbers.get(path, name);
    if (known !== undefined) return known;
    const word = { path, name };
    this.#words.push(word);
    this.#numbers.set(word.path, word.name, this.#words.length - 1);
    return this.#words.length - 1;
  }

  /** Those that came since they were last settled; what is told the query engine along with the rows. */
  unsettled(): [number: number, word: FileWord][] {
    return this.#words
      .slice(this.#settled)
      .map((word, index) => [this.#settled + index, word ?? { path: '', name: '' }]);
  }

  settle(): void {
    this.#settled = this.#words.length;
  }

  /** Of a file that no row has any more: it gets another number if it comes back. */
  forget(number: number): void {
    const word = this.#words[number];
    if (word) this.#numbers.delete(word.path, word.name);
    this.#words[number] = null;
  }

  /** Forgets what was not settled, since the query engine has not heard of it. */
  undo(): void {
    this.#last = 0;
    for (const word of this.#words.splice(this.#settled))
      if (word) this.#numbers.delete(word.path, word.name);
  }
}
