import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.js';

/**
 * What one byte of JSON takes in V8's heap once parsed: measured at 2.0 for blocks of registry rows, 2.4 for
 * local rows and 1.6 for files (bench/memory), rounded up.
 */
const heapBytesPerJsonByte = 3;
const entryOverheadBytes = 512;

/** The first tier: parsed entries of this process, bounded in bytes, the least recently used go first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Entry>;

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({ maxSize: maxBytes });
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** @param jsonLength of the entry as JSON text. An entry larger than the tier is not taken. */
  set(key: string, entry: Entry, jsonLength: number): void {
    const size = (key.length + jsonLength) * heapBytesPerJsonByte + entryOverheadBytes;
    this.#entries.set(key, entry, { size });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }
}
