import type { WordStore } from './dictionary.js';
import { GrowingNumbers } from './growing-numbers.js';
import { Words } from './words.js';

export type FileWord = [path: string, name: string];

/**
 * The files of a dictionary: the names as texts, the directories as numbers. Millions of files lie in thousands of
 * directories, and a pair of texts for each file would take twice the memory.
 */
export class FileStore implements WordStore<FileWord> {
  readonly directories = new Words();
  /** How many files lie in each directory. A directory without files is forgotten. */
  readonly #fileCounts = new GrowingNumbers();
  readonly #directoryOf = new GrowingNumbers();
  readonly #names: (string | null)[] = [null];

  get size(): number {
    return this.#names.length;
  }

  at(number: number): FileWord | null {
    const name = this.nameOf(number);
    return name === null ? null : [this.directories.textOf(this.directoryOf(number)) ?? '', name];
  }

  is(number: number, path: string, name: string): boolean {
    return this.nameOf(number) === name && this.directories.textOf(this.directoryOf(number)) === path;
  }

  nameOf(number: number): string | null {
    return this.#names[number] ?? null;
  }

  /** The number of the file's directory; 0 for a forgotten file. */
  directoryOf(number: number): number {
    return this.#directoryOf.at(number);
  }

  put(number: number, word: FileWord | null): void {
    const before = this.directoryOf(number);
    const directory = word ? this.directories.numberOf(word[0]) : 0;
    this.#names[number] = word && word[1];
    this.#directoryOf.set(number, directory);
    if (directory !== 0) this.#fileCounts.set(directory, this.#fileCounts.at(directory) + 1);
    if (before === 0) return;
    this.#fileCounts.set(before, this.#fileCounts.at(before) - 1);
    if (this.#fileCounts.at(before) === 0) this.directories.forget(before);
  }
}
