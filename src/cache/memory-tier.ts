import { LRUCache } from 'lru-cache';
import { shifted, type Entry } from './entry.js';

/**
 * Heap bytes in V8 for one byte of JSON once parsed: measured at 2.0 for blocks of registry rows, 2.4 for local rows
 * and 1.6 for files (bench/memory), rounded up.
 */
const heapBytesPerJsonByte = 3;
const entryOverheadBytes = 768;
/** A value of `confirmedAt` that no number of losses equals: the entry must be compared with Redis again. */
const doubted = -1;

interface Held {
  entry: Entry;
  /** The value of `#losses` when the entry was last known to be the newest in the fleet. */
  confirmedAt: number;
}

/**
 * The first tier: parsed entries of this process, bounded in bytes; the least recently used entries are dropped
 * first. Used by Tiers. Counts the times at which messages were lost, to know which entries must be compared with
 * Redis again; never asks Redis itself.
 */
export class MemoryTier {
  readonly #held: LRUCache<string, Held>;
  /** The number of times that messages of the fleet may have been missed. */
  #losses = 0;

  constructor(readonly maxBytes: number) {
    this.#held = new LRUCache({ maxSize: maxBytes });
  }

  get(keyHash: string): Entry | undefined {
    return this.#held.get(keyHash)?.entry;
  }

  /** The held entry, unless this instance may have missed a newer entry or a purge of the fleet. */
  current(keyHash: string): Entry | undefined {
    const held = this.#held.get(keyHash);
    return held?.confirmedAt === this.#losses ? held.entry : undefined;
  }

  /** @param jsonLength length of the value as JSON text. An entry larger than the tier is not kept. */
  set(keyHash: string, entry: Entry, jsonLength: number): void {
    const size = jsonLength * heapBytesPerJsonByte + entryOverheadBytes;
    this.#held.set(keyHash, { entry, confirmedAt: this.#losses }, { size });
  }

  /** The entry was compared with Redis, which has nothing newer. */
  confirm(keyHash: string): void {
    const held = this.#held.peek(keyHash);
    if (held) held.confirmedAt = this.#losses;
  }

  /** Messages may have been missed: every held entry must be compared before it counts as current again. */
  doubtAll(): void {
    this.#losses += 1;
  }

  /** Another instance has stored a newer value. The older value stays, for use if the newer value cannot be read. */
  doubtOlder(keyHash: string, fence: number): void {
    const held = this.#held.peek(keyHash);
    if (held && held.entry.fence < fence) held.confirmedAt = doubted;
  }

  /** Checks every entry. Purges are rare, so the time for this does not matter. */
  purge(isPurged: (keyHash: string, entry: Entry) => boolean): void {
    for (const [keyHash, { entry }] of this.#held.entries())
      if (isPurged(keyHash, entry)) this.#held.delete(keyHash);
  }

  /** The clock was set: every entry keeps its age. */
  shift(byMs: number): void {
    for (const held of this.#held.values()) held.entry = shifted(held.entry, byMs);
  }

  countOf(isMeant: (keyHash: string, entry: Entry) => boolean): number {
    let count = 0;
    for (const [keyHash, { entry }] of this.#held.entries()) if (isMeant(keyHash, entry)) count += 1;
    return count;
  }

  get count(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#held.calculatedSize;
  }
}
