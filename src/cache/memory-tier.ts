import { LRUCache } from 'lru-cache';
import { eventLoopTurn } from '../time/clock.js';
import { shifted, type Entry } from './entry.js';
import type { Purges } from './purges.js';

/**
 * Heap bytes in V8 for one byte of JSON once parsed: the largest figure of all runs of bench/memory, 2.4, rounded up.
 * The last run measured 1.2 for blocks of registry rows, 1.5 for local rows and 1.6 for files (bench/RESULTS.md).
 */
const heapBytesPerJsonByte = 3;
const entryOverheadBytes = 832;
/** A walk over all entries looks at this many in one turn of the event loop, which takes about a millisecond. */
const entriesPerTurn = 500;
/** A value of `confirmedAt` that no number of losses equals: the entry must be compared with Redis again. */
const doubted = -1;
/** A value of `checkedAt` that no revision equals. */
const unchecked = -1;

interface Held {
  entry: Entry;
  /** The value of `#losses` when the entry was last known to be the newest in the fleet. */
  confirmedAt: number;
  /** The revision of the purges up to which the entry is known not to be purged. */
  checkedAt: number;
}

/**
 * The first tier: parsed entries of this process, bounded in bytes; the least recently used entries are dropped
 * first. Used by Tiers. Counts the times at which messages were lost, to know which entries must be compared with
 * Redis again; never asks Redis itself. A purge takes effect at the next read of an entry, and frees the memory of
 * purged entries step by step: a walk over all entries at once would stop the service for half a second.
 */
export class MemoryTier {
  readonly #held: LRUCache<string, Held>;
  /** The keys of `#held`: a walk over a set goes on in spite of changes, and a walk over the LRU does not. */
  readonly #keys = new Set<string>();
  /** The number of times that messages of the fleet may have been missed. */
  #losses = 0;
  #isSweeping = false;
  /** Entries dropped for want of memory. */
  evictions = 0;

  constructor(
    readonly maxBytes: number,
    private readonly purges: Pick<Purges, 'revision' | 'isPurged'>,
    /** Bytes of what lies beside the entries and counts against `maxBytes` too. */
    private readonly bytesBeside: () => number = () => 0,
  ) {
    this.#held = new LRUCache({
      maxSize: maxBytes,
      disposeAfter: (_, keyHash, reason) => {
        if (reason === 'evict') this.evictions += 1;
        if (!this.#held.has(keyHash)) this.#keys.delete(keyHash);
      },
    });
  }

  get(keyHash: string): Entry | undefined {
    return this.#get(keyHash)?.entry;
  }

  /** The held entry, unless this instance may have missed a newer entry or a purge of the fleet. */
  current(keyHash: string): Entry | undefined {
    const held = this.#get(keyHash);
    return held?.confirmedAt === this.#losses ? held.entry : undefined;
  }

  /** @param jsonLength length of the value as JSON text. An entry larger than the tier is not kept. */
  set(keyHash: string, entry: Entry, jsonLength: number): void {
    const size = jsonLength * heapBytesPerJsonByte + entryOverheadBytes;
    this.#held.set(keyHash, { entry, confirmedAt: this.#losses, checkedAt: unchecked }, { size });
    if (this.#held.has(keyHash)) this.#keys.add(keyHash);
    while (this.#held.size > 0 && this.bytes + this.bytesBeside() > this.maxBytes) this.#held.pop();
  }

  /** The entry was compared with Redis, which has nothing newer. */
  confirm(keyHash: string): void {
    const held = this.#held.peek(keyHash);
    if (held) held.confirmedAt = this.#losses;
  }

  /** Grows whenever messages may have been missed. */
  get losses(): number {
    return this.#losses;
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

  /** Drops the purged entries. Resolves when all are dropped; no read returns one from now on. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    for (let revision = -1; revision !== this.purges.revision;) {
      ({ revision } = this.purges);
      await this.#walk(() => undefined);
    }
    this.#isSweeping = false;
  }

  /** The clock was set: every entry keeps its age. */
  shift(byMs: number): void {
    for (const held of this.#held.values()) held.entry = shifted(held.entry, byMs);
  }

  async countOf(isMeant: (keyHash: string, entry: Entry) => boolean): Promise<number> {
    let count = 0;
    await this.#walk((keyHash, entry) => (count += isMeant(keyHash, entry) ? 1 : 0));
    return count;
  }

  get count(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#held.calculatedSize;
  }

  #get(keyHash: string): Held | undefined {
    return this.#unlessPurged(keyHash, this.#held.get(keyHash));
  }

  #unlessPurged(keyHash: string, held: Held | undefined): Held | undefined {
    const { revision } = this.purges;
    if (!held || held.checkedAt === revision) return held;
    if (this.purges.isPurged(keyHash, held.entry)) {
      this.#held.delete(keyHash);
      return undefined;
    }
    held.checkedAt = revision;
    return held;
  }

  /** Goes over the entries that are not purged, some in each turn of the event loop. */
  async #walk(visit: (keyHash: string, entry: Entry) => unknown): Promise<void> {
    let left = entriesPerTurn;
    for (const keyHash of this.#keys) {
      const held = this.#unlessPurged(keyHash, this.#held.peek(keyHash));
      if (held) visit(keyHash, held.entry);
      left -= 1;
      if (left > 0) continue;
      await eventLoopTurn();
      left = entriesPerTurn;
    }
  }
}
