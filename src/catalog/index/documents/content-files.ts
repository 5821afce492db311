import { LRUCache } from 'lru-cache';
import type { FilePart } from '../words/file-texts.js';
import type { FileWords } from '../words/file-words.js';
import type { Slices } from '../slices.js';

/** Pages of one walk, and the facets beside them, ask for the same files again and again. */
const mostSearches = 20;
/** The number of contents that a search checks between two looks at the clock. */
const contentsPerLook = 64;
const noFiles = new Int32Array();

/** The files of each content, as numbers of the dictionary. Finds the contents that have a file. */
export class ContentFiles {
  readonly #files = new Map<number, Int32Array>();
  readonly #found = new LRUCache<string, Uint8Array>({ max: mostSearches });
  #last = 0;

  /** Several rows can have one content. */
  add(content: number, files: Int32Array): void {
    if (this.#files.has(content)) return;
    this.#files.set(content, files);
    this.#last = Math.max(this.#last, content);
  }

  keepOnly(contents: ReadonlySet<number>): void {
    for (const content of this.#files.keys()) if (!contents.has(content)) this.#files.delete(content);
  }

  /**
   * The files that one of the contents has. No write may run meanwhile.
   * @param size one more than the largest number of a file.
   * @param contents all, unless they are given.
   * @returns 1 at the number of each file.
   */
  async used(
    size: number,
    slices: Slices,
    contents: Iterable<number> = this.#files.keys(),
  ): Promise<Uint8Array> {
    const used = new Uint8Array(size);
    for (const content of contents) {
      for (const file of this.#files.get(content) ?? noFiles) used[file] = 1;
      if (slices.isOver) await slices.next();
    }
    return used;
  }

  /** The contents of which one file has all parts, as bits: the highest bit of the first byte is the content 0. */
  async having(parts: readonly FilePart[], words: FileWords, slices: Slices): Promise<Uint8Array> {
    // No number of a content comes twice. A content that comes during the search belongs to a later version.
    const key = JSON.stringify([this.#last, ...parts]);
    const known = this.#found.get(key);
    if (known) return known;
    const search = this.#search(parts, words);
    for (;;) {
      const { done, value } = search.next();
      if (done) {
        this.#found.set(key, value);
        return value;
      }
      if (slices.isOver) await slices.next();
    }
  }

  *#search(parts: readonly FilePart[], words: FileWords): Generator<void, Uint8Array> {
    const hits = yield* words.having(parts);
    const found = new Uint8Array((this.#last >> 3) + 1);
    if (!hits.includes(1)) return found;
    let left = contentsPerLook;
    for (const [content, files] of this.#files) {
      if (hasOne(files, hits)) found[content >> 3] = (found[content >> 3] ?? 0) | (0x80 >> (content & 7));
      left -= 1;
      if (left > 0) continue;
      left = contentsPerLook;
      yield;
    }
    return found;
  }
}

/** An index: an iterator would take three times as long. */
function hasOne(files: Int32Array, hits: Uint8Array): boolean {
  for (let at = 0; at < files.length; at += 1) if (hits[files[at] ?? 0] === 1) return true;
  return false;
}
