/** The largest number of purges to remember. After more purges, one purge of everything replaces them all. */
export const mostPurges = 10_000;

/**
 * The purges that this instance knows. Each purge has a number, the generation. An entry is void if one of its tags
 * was purged after the entry was asked for. Used by the two tiers and by FleetNews.
 */
export class Purges {
  #generation = 0;
  readonly #purgedAt = new Map<string, number>();

  /** Number of the last purge that is known here. */
  get generation(): number {
    return this.#generation;
  }

  /** @returns whether the purge was new. */
  learn(tag: string, generation: number): boolean {
    this.#generation = Math.max(this.#generation, generation);
    if ((this.#purgedAt.get(tag) ?? 0) >= generation) return false;
    if (this.#purgedAt.size >= mostPurges) {
      this.#purgedAt.clear();
      this.#purgedAt.set(everything, this.#generation);
    }
    this.#purgedAt.set(tag, generation);
    return true;
  }

  /** Replaces the table by the fleet's table as of `generation`. Later purges that are known here stay. */
  learnAll(generation: number, table: Iterable<readonly [tag: string, generation: number]>): void {
    for (const [tag, at] of this.#purgedAt) if (at <= generation) this.#purgedAt.delete(tag);
    for (const [tag, at] of table) this.learn(tag, at);
    this.#generation = Math.max(this.#generation, generation);
  }

  /** The number of purged tags that are remembered. */
  get count(): number {
    return this.#purgedAt.size;
  }

  /** @param keyHash of the entry's key. */
  isPurged(keyHash: string, { tags, generation }: { tags: readonly string[]; generation: number }): boolean {
    // Runs for every entry from Redis. Nearly always no purge has happened since the entry was asked for.
    if (generation >= this.#generation) return false;
    return [everything, keyTag(keyHash), ...tags].some((tag) => (this.#purgedAt.get(tag) ?? 0) > generation);
  }
}

export const everything = 'all';

export function keyTag(keyHash: string): string {
  return `key:${keyHash}`;
}
