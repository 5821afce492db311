/** More purges than these are remembered as one of everything, here and in Redis. */
export const mostPurges = 10_000;

/**
 * What was purged when, as far as this instance knows: each purge has a number, and an entry that was asked for before
 * the purge of one of its tags is void.
 */
export class Purges {
  #generation = 0;
  readonly #purgedAt = new Map<string, number>();

  /** The last purge heard of. */
  get generation(): number {
    return this.#generation;
  }

  /** @returns whether it was news. */
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

  /** Replaces the table by the fleet's as of that purge. Of later ones there may have been word since. */
  learnAll(generation: number, table: Iterable<readonly [tag: string, generation: number]>): void {
    for (const [tag, at] of this.#purgedAt) if (at <= generation) this.#purgedAt.delete(tag);
    for (const [tag, at] of table) this.learn(tag, at);
    this.#generation = Math.max(this.#generation, generation);
  }

  /** How many are remembered. */
  get count(): number {
    return this.#purgedAt.size;
  }

  /** @param keyHash of its key. */
  isPurged(keyHash: string, { tags, generation }: { tags: readonly string[]; generation: number }): boolean {
    // Every entry is asked on its way out of Redis; nearly always there was no purge since.
    if (generation >= this.#generation) return false;
    return [everything, keyTag(keyHash), ...tags].some((tag) => (this.#purgedAt.get(tag) ?? 0) > generation);
  }
}

export const everything = 'all';

export function keyTag(keyHash: string): string {
  return `key:${keyHash}`;
}
