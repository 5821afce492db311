import { Dictionary } from './dictionary.js';
import { PairNumbers } from './pair-numbers.js';

type FileWord = [path: string, name: string];

/** Numbers for the files of images. A file is a directory together with a name. */
export class FileWords extends Dictionary<FileWord> {
  readonly #numbers = new PairNumbers();
  /** The file that followed each file last time: images with the same base list the same files in the same order. */
  readonly #after: number[] = [];
  #last = 0;

  /** Null and the empty word count as the same: a search for part of a name finds neither. */
  numberOf(path: string | null, name: string | null): number {
    const guess = this.#after[this.#last] ?? 0;
    const guessed = this.at(guess);
    const isRight = guessed && guessed[1] === (name ?? '') && guessed[0] === (path ?? '');
    const number = isRight ? guess : this.#find(path ?? '', name ?? '');
    this.#after[this.#last] = number;
    this.#last = number;
    return number;
  }

  override undo(): void {
    this.#last = 0;
    super.undo();
  }

  #find(path: string, name: string): number {
    return this.#numbers.get(path, name) ?? this.learn([path, name]);
  }

  protected override put([path, name]: FileWord, number: number): void {
    this.#numbers.set(path, name, number);
  }

  protected override drop([path, name]: FileWord): void {
    this.#numbers.delete(path, name);
  }
}
