import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.js';
import type { CacheCounts } from './counts.js';
import { upTo, type Entry, type EntryHead } from './entry.js';
import { encodeMessage } from './fleet-messages.js';
import type { FleetNews } from './fleet-news.js';
import type { MemoryTier } from './memory-tier.js';
import type { Purges } from './purges.js';
import type { SharedTier, Stored } from './shared-tier.js';
import { encodeEntry } from './entry-codec.js';
import { isCount } from '../json/checks.js';
import type { VersionedStore } from './validity.js';

/** A read waits this long for the missed purges after Redis has come back. */
const agreementWithinMs = 50;

const mostStoredElsewhere = 10_000;

/**
 * The two tiers as one: memory, and Redis behind it if the service has a Redis. Never returns a purged entry:
 * entries from Redis are checked against the known purges, and entries in memory are trusted only while this
 * instance receives the fleet's messages.
 */
export class Tiers implements VersionedStore {
  readonly name = 'entries';
  readonly #lookups = new Map<string, Promise<Entry | undefined>>();
  /**
   * Fences of entries that other instances stored lately. An older entry may still arrive from Redis or a late
   * load.
   */
  readonly #storedElsewhere = new LRUCache<string, number>({ max: mostStoredElsewhere });
  #hasWaited = false;

  constructor(
    readonly memory: MemoryTier,
    /** Entries without their values, from which answers in Redis were made. */
    readonly heads: MemoryTier,
    readonly shared: SharedTier | null,
    readonly news: FleetNews | null,
    private readonly purges: Purges,
    private readonly counts: CacheCounts,
    private readonly clock: Clock,
  ) {}

  /** False while this instance cannot learn of purges. Always true without Redis, where no other instance exists. */
  get isInAgreement(): boolean {
    return this.news === null || this.news.isSynced;
  }

  /**
   * Waits a moment for the purges of an outage that has just ended. After one wait without success
   * the next reads do not wait, because Redis can stay full or read-only for hours.
   */
  async inAgreement(): Promise<void> {
    if (!this.news || this.isInAgreement || !this.shared?.isUp) {
      this.#hasWaited = false;
      return;
    }
    if (this.#hasWaited) return;
    await this.news.whenSynced(agreementWithinMs);
    this.#hasWaited = !this.isInAgreement;
  }

  /** The entry in memory, unless Redis must be asked before the entry is used. */
  current(keyHash: string): Entry | undefined {
    const entry = this.held(keyHash);
    if (entry) this.counts.memoryHits += 1;
    else this.counts.memoryMisses += 1;
    return entry;
  }

  /** Like `current`, for a look-up that is not counted. */
  held(keyHash: string): Entry | undefined {
    return this.shared?.isUp ? this.memory.current(keyHash) : this.memory.get(keyHash);
  }

  /** The fence of the entry in memory, unless this instance may have missed a newer entry or a purge. */
  versionOf(keyHash: string): number | undefined {
    if (!this.isInAgreement) return undefined;
    return (this.memory.current(keyHash) ?? this.heads.current(keyHash))?.fence;
  }

  /** The head of the entry, for an answer made from it. Undefined unless the entry is current here. */
  headOf(keyHash: string): EntryHead | undefined {
    const entry = this.memory.current(keyHash) ?? this.heads.current(keyHash);
    return entry && { fence: entry.fence, tags: entry.tags, generation: entry.generation };
  }

  /** The head was just compared with Redis. From now on answers made from the entry count as current here. */
  takeHead(keyHash: string, head: EntryHead): void {
    if (!this.purges.isPurged(keyHash, head) && !this.#isOvertaken(keyHash, head))
      this.heads.set(keyHash, { ...withoutValue, ...head }, 0);
  }

  /** Messages may have been missed: what is held must be compared with Redis before it counts as current again. */
  doubtAll(): void {
    this.memory.doubtAll();
    this.heads.doubtAll();
  }

  /**
   * The newest value of each key that any instance is known to have stored. An answer that ignores a key because no
   * newer value exists depends on this.
   */
  readonly newest: VersionedStore = {
    name: 'newest',
    versionOf: (keyHash) => this.lastFence(keyHash),
    adopt: (keyHash, fence) => {
      if (isCount(fence)) this.storedElsewhere(keyHash, fence as number);
    },
  };

  /** Another instance has stored a newer value. */
  storedElsewhere(keyHash: string, fence: number): void {
    this.#storedElsewhere.set(keyHash, Math.max(fence, this.#storedElsewhere.get(keyHash) ?? 0));
    this.memory.doubtOlder(keyHash, fence);
    this.heads.doubtOlder(keyHash, fence);
  }

  /** The largest fence that is known here for this key. */
  lastFence(keyHash: string): number {
    return Math.max(this.memory.get(keyHash)?.fence ?? -1, this.#storedElsewhere.get(keyHash) ?? -1);
  }

  /** The newer entry of memory and Redis. One lookup per key at a time. */
  find(keyHash: string): Promise<Entry | undefined> {
    if (!this.shared?.isUp) return Promise.resolve(this.memory.get(keyHash));
    const running = this.#lookups.get(keyHash);
    if (running) return running;
    const lookup = this.#find(this.shared, keyHash).finally(() => this.#lookups.delete(keyHash));
    this.#lookups.set(keyHash, lookup);
    return lookup;
  }

  /**
   * Moves an entry from Redis to memory. @returns the entry, unless it is void or no newer than the one in memory.
   */
  take(keyHash: string, stored: Stored | undefined): Entry | undefined {
    const now = this.clock.now();
    const entry = stored && upTo(now, stored.entry);
    if (!entry || entry.keepUntil <= now) return undefined;
    const isNewer = entry.fence > (this.memory.get(keyHash)?.fence ?? -1);
    if (!isNewer || this.purges.isPurged(keyHash, entry) || this.#isOvertaken(keyHash, entry))
      return undefined;
    this.#hold(keyHash, entry, stored.jsonLength);
    this.counts.redisHits += 1;
    return entry;
  }

  /** Stores in both tiers, unless the entry is purged by now or another instance has stored a newer one. */
  store(keyHash: string, entry: Entry): void {
    if (this.purges.isPurged(keyHash, entry) || this.#isOvertaken(keyHash, entry)) return;
    const { bytes, jsonLength } = encodeEntry(entry);
    this.#hold(keyHash, entry, jsonLength);
    this.#share(keyHash, entry, bytes);
  }

  async #find(shared: SharedTier, keyHash: string): Promise<Entry | undefined> {
    const stored = await shared.get(keyHash);
    if (stored === null) this.counts.redisMisses += 1;
    const taken = this.take(keyHash, stored ?? undefined);
    if (taken) return taken;
    const held = this.memory.get(keyHash);
    // Redis could not answer, so the entry in memory was not compared.
    if (!held || stored === undefined) return held;
    // Another instance has a newer entry that is not in Redis. The entry in memory does not count as current.
    if (this.#isOvertaken(keyHash, held)) return held;
    // The entry was loaded while Redis was away, or Redis has lost it: share it with the other instances.
    if (!this.memory.current(keyHash) && (!stored || stored.entry.fence < held.fence))
      this.#share(keyHash, held, encodeEntry(held).bytes);
    this.memory.confirm(keyHash);
    return held;
  }

  #hold(keyHash: string, entry: Entry, jsonLength: number): void {
    this.memory.set(keyHash, entry, jsonLength);
    this.heads.doubtOlder(keyHash, entry.fence);
  }

  #isOvertaken(keyHash: string, { fence }: EntryHead): boolean {
    return fence < this.lastFence(keyHash);
  }

  #share(keyHash: string, entry: Entry, bytes: Buffer): void {
    const news = encodeMessage(['stored', keyHash, entry.fence]);
    void this.shared?.put(keyHash, entry, bytes, entry.keepUntil - this.clock.now(), news);
  }
}

const withoutValue = { value: undefined, fetchedAt: 0, freshUntil: 0, keepUntil: 0, lifeMs: 0 };
