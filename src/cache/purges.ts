/**
 * What was purged when, as far as this instance knows: each purge has a number, and an entry that was asked for before
 * the purge of one of its tags is void. Bounded by whoever keeps the table in Redis.
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
    this.#purgedAt.set(tag, generation);
    return true;
  }

  /** Replaces the table by the fleet's. */
  learnAll(generation: number, table: Iterable<readonly [tag: string, generation: number]>): void {
    this.#purgedAt.clear();
    for (const [tag, at] of table) this.learn(tag, at);
    this.#generation = Math.max(this.#generation, generation);
  }

  /** @param digest of its key. */
  isPurged(digest: string, { tags, generation }: { tags: readonly string[]; generation: number }): boolean {
    // Every entry is asked on its way out of Redis; nearly always there was no purge since.
    if (generation >= this.#generation) return false;
    return [everything, keyTag(digest), ...tags].some((tag) => (this.#purgedAt.get(tag) ?? 0) > generation);
  }
}

export const everything = 'all';

export function keyTag(digest: string): string {
  return `key:${digest}`;
}
