import { LRUCache } from 'lru-cache';
import { parseJson } from '../json/lossless.js';
import type { Clock } from '../time/clock.js';
import type { CacheCounts } from './counts.js';
import type { Entry } from './entry.js';
import { encodeMessage } from './fleet-messages.js';
import type { FleetNews } from './fleet-news.js';
import type { MemoryTier } from './memory-tier.js';
import type { Purges } from './purges.js';
import type { SharedTier, Stored } from './shared-tier.js';
import { encodeEntry } from './entry-codec.js';

/** While Redis is back and the purges missed are not known yet. */
const agreementWithinMs = 50;

const mostHeardOf = 10_000;

/**
 * The two tiers as one: memory, and Redis behind it when there is one. Nothing void leaves it: what is taken from Redis
 * is held against the purges, and memory counts as current only while this instance hears the others.
 */
export class Tiers {
  readonly #lookups = new Map<string, Promise<Entry | undefined>>();
  /** Fences of what others stored lately. What is older may still be on its way: from Redis, or out of a late load. */
  readonly #heardOf = new LRUCache<string, number>({ max: mostHeardOf });
  #hasWaited = false;

  constructor(
    readonly memory: MemoryTier,
    readonly shared: SharedTier | null,
    readonly news: FleetNews | null,
    private readonly purges: Purges,
    private readonly counts: CacheCounts,
    private readonly clock: Clock,
  ) {}

  /** False while this instance cannot hear whether something was purged. Without Redis there is nobody to hear. */
  get isInAgreement(): boolean {
    return this.news === null || this.news.isSynced;
  }

  /**
   * Waits a moment for the purges of an outage that has just ended; in vain only once, since a Redis that is full or may
   * only be read can stay like that for hours.
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

  /** What memory holds, unless Redis should be asked before it is used. */
  current(keyHash: string): Entry | undefined {
    const entry = this.shared?.isUp ? this.memory.current(keyHash) : this.memory.get(keyHash);
    if (entry) this.counts.memoryHits += 1;
    return entry;
  }

  /** What memory holds under this serial, while nobody need be asked whether it was purged or renewed. */
  heldAs(keyHash: string, serial: number): Entry | undefined {
    return this.isInAgreement ? this.memory.heldAs(keyHash, serial) : undefined;
  }

  /** Another instance has stored a newer value. */
  storedElsewhere(keyHash: string, fence: number): void {
    this.#heardOf.set(keyHash, Math.max(fence, this.#heardOf.get(keyHash) ?? 0));
    this.memory.doubtOlder(keyHash, fence);
  }

  /** The largest fence of this key that is known here. */
  lastFence(keyHash: string): number {
    return Math.max(this.memory.get(keyHash)?.fence ?? -1, this.#heardOf.get(keyHash) ?? -1);
  }

  /** The newer one of memory and Redis. One question at a time for one key. */
  find(keyHash: string): Promise<Entry | undefined> {
    if (!this.shared?.isUp) return Promise.resolve(this.memory.get(keyHash));
    const running = this.#lookups.get(keyHash);
    if (running) return running;
    const lookup = this.#find(this.shared, keyHash).finally(() => this.#lookups.delete(keyHash));
    this.#lookups.set(keyHash, lookup);
    return lookup;
  }

  /** Takes over what was found in Redis. @returns it, unless it is void or no newer than what is here. */
  take(keyHash: string, stored: Stored | undefined): Entry | undefined {
    if (!stored || stored.entry.keepUntil <= this.clock.now()) return undefined;
    const { entry, jsonLength } = stored;
    const isNewer = entry.fence > (this.memory.get(keyHash)?.fence ?? -1);
    if (!isNewer || this.purges.isPurged(keyHash, entry) || this.#isOvertaken(keyHash, entry))
      return undefined;
    this.memory.set(keyHash, entry, jsonLength);
    this.counts.redisHits += 1;
    return entry;
  }

  /** In both tiers, unless it was purged since it was asked for, or others have something newer. */
  store(keyHash: string, entry: Entry): void {
    if (this.purges.isPurged(keyHash, entry) || this.#isOvertaken(keyHash, entry)) return;
    const { bytes, json } = encodeEntry(entry);
    // Parsed anew: what was made of HSS's own answer can hold on to three times as much memory (bench/memory).
    this.memory.set(keyHash, { ...entry, value: parseJson(json) }, json.length);
    this.#share(keyHash, entry, bytes);
  }

  async #find(shared: SharedTier, keyHash: string): Promise<Entry | undefined> {
    const stored = await shared.get(keyHash);
    const taken = this.take(keyHash, stored ?? undefined);
    if (taken) return taken;
    const held = this.memory.get(keyHash);
    // Where Redis could not tell, it was not compared.
    if (!held || stored === undefined) return held;
    // Others have something newer, though not in Redis: it stays in doubt.
    if (this.#isOvertaken(keyHash, held)) return held;
    // Loaded while Redis was away, or Redis has lost it: the others should have it too.
    if (!this.memory.current(keyHash) && (!stored || stored.entry.fence < held.fence))
      this.#share(keyHash, held, encodeEntry(held).bytes);
    this.memory.confirm(keyHash);
    return held;
  }

  #isOvertaken(keyHash: string, { fence }: Entry): boolean {
    return fence < this.lastFence(keyHash);
  }

  #share(keyHash: string, entry: Entry, bytes: Buffer): void {
    const news = encodeMessage(['stored', keyHash, entry.fence]);
    void this.shared?.put(keyHash, entry, bytes, entry.keepUntil - this.clock.now(), news);
  }
}
