import { Dictionary } from './dictionary.js';
import type { FilePart } from './file-texts.js';
import { FileStore, type FileWord } from './file-store.js';
import { fold } from './fold.js';
import { GrowingNumbers } from './growing-numbers.js';
import { JoinedTexts } from './joined-texts.js';
import { PairNumbers } from './pair-numbers.js';

/** The number of files that a search checks between two pauses. */
const filesPerPause = 50_000;
const directoriesPerPause = 500;

/** Numbers for the files of images. A file is a directory together with a name. */
export class FileWords extends Dictionary<FileWord> {
  readonly #numbers = new PairNumbers();
  /** The file that followed each file last time: images with the same base list the same files in the same order. */
  readonly #after = new GrowingNumbers();
  #last = 0;
  readonly #names = new JoinedTexts((number) => fold(this.store.nameOf(number) ?? ''));

  constructor(private readonly store = new FileStore()) {
    super(store);
  }

  /** Null and the empty word count as the same: a search for part of a name finds neither. */
  numberOf(path: string | null, name: string | null): number {
    const guess = this.#after.at(this.#last);
    const isRight = this.store.is(guess, path ?? '', name ?? '');
    const number = isRight ? guess : this.#find(path ?? '', name ?? '');
    this.#after.set(this.#last, number);
    this.#last = number;
    return number;
  }

  /** Searches for the files that hold all parts, with pauses. @returns 1 at the number of each file. */
  *having([first, ...others]: readonly FilePart[]): Generator<void, Uint8Array> {
    const hits = new Uint8Array(this.size);
    if (first) yield* this.#search(first, hits);
    for (const part of others) {
      const found = new Uint8Array(hits.length);
      yield* this.#search(part, found);
      for (let file = 0; file < hits.length; file += 1) {
        if (found[file] !== 1) hits[file] = 0;
        if (file % filesPerPause === 0) yield;
      }
    }
    return hits;
  }

  override settle(): void {
    this.store.directories.settle();
    super.settle();
  }

  override undo(): void {
    this.#last = 0;
    super.undo();
  }

  /** Marks the files with the part. */
  *#search([text, part]: FilePart, hits: Uint8Array): Generator<void> {
    if (text === 'path') yield* this.#inDirectories((path) => path.includes(part), hits);
    else yield* this.#names.search(part, hits);
    if (text !== 'wholePath') return;
    yield* this.#inDirectories((path) => withSlash(path).includes(part), hits);
    yield* this.#acrossSlashes(part, hits);
  }

  /** Marks the files whose path ends with a beginning of the part, and whose name begins with the rest of the part. */
  *#acrossSlashes(part: string, hits: Uint8Array): Generator<void> {
    for (const [end, directories] of yield* this.#directoriesByEnd(part)) {
      const inName = new Uint8Array(hits.length);
      yield* this.#names.search(part.slice(end), inName, { isAtStart: true });
      for (let file = 0; file < hits.length; file += 1) {
        if (inName[file] === 1 && directories.has(this.store.directoryOf(file))) hits[file] = 1;
        if (file % filesPerPause === 0) yield;
      }
    }
  }

  /** The directories that end with a beginning of the part, by its length. Each beginning ends with a slash. */
  *#directoriesByEnd(part: string): Generator<void, Map<number, Set<number>>> {
    const beginnings: string[] = [];
    for (let end = part.indexOf('/') + 1; end > 0 && end < part.length; end = part.indexOf('/', end) + 1)
      beginnings.push(part.slice(0, end));
    const { directories } = this.store;
    const found = new Map<number, Set<number>>();
    for (let directory = 1; beginnings.length > 0 && directory < directories.size; directory += 1) {
      const path = withSlash(fold(directories.textOf(directory) ?? ''));
      for (const { length: end } of beginnings.filter((beginning) => path.endsWith(beginning)))
        found.set(end, (found.get(end) ?? new Set()).add(directory));
      if (directory % directoriesPerPause === 0) yield;
    }
    return found;
  }

  /** Marks the files in the directories that pass the test. */
  *#inDirectories(isMeant: (folded: string) => boolean, hits: Uint8Array): Generator<void> {
    const { directories } = this.store;
    const isHit = new Uint8Array(directories.size);
    for (let directory = 1; directory < isHit.length; directory += 1) {
      isHit[directory] = Number(isMeant(fold(directories.textOf(directory) ?? '')));
      if (directory % directoriesPerPause === 0) yield;
    }
    for (let file = 1; file < hits.length; file += 1) {
      if (isHit[this.store.directoryOf(file)] === 1) hits[file] = 1;
      if (file % filesPerPause === 0) yield;
    }
  }

  #find(path: string, name: string): number {
    return this.#numbers.get(path, name) ?? this.learn([path, name]);
  }

  protected override put([path, name]: FileWord, number: number): void {
    this.#numbers.set(path, name, number);
    this.#names.changed(number);
  }

  protected override drop([path, name]: FileWord, number: number): void {
    this.#numbers.delete(path, name);
    this.#names.changed(number);
  }
}

/** HSS ends most directories with a slash. */
function withSlash(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`;
}
