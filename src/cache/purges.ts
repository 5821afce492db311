/** The largest number of purges to remember. After more purges, one purge of everything replaces them all. */
export const mostPurges = 10_000;

/**
 * The purges that this instance knows. Each purge has a number, the generation. An entry is void if one of its tags
 * was purged after the entry was asked for. Used by the two tiers, by FleetNews and by data beside the cache.
 */
export class Purges {
  #generation = 0;
  #revision = 0;
  readonly #purgedAt = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  /** Number of the last purge that is known here. */
  get generation(): number {
    return this.#generation;
  }

  /** Grows whenever a purge becomes known, also an earlier one that was missed. */
  get revision(): number {
    return this.#revision;
  }

  /** @returns whether the purge was new. */
  learn(tag: string, generation: number): boolean {
    const isNew = this.#note(tag, generation);
    if (isNew) this.#tell();
    return isNew;
  }

  #note(tag: string, generation: number): boolean {
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
    for (const [tag, at] of table) this.#note(tag, at);
    this.#generation = Math.max(this.#generation, generation);
    this.#tell();
  }

  /** The tags that were purged after this generation. */
  tagsAfter(generation: number): string[] {
    if (generation >= this.#generation) return [];
    return [...this.#purgedAt].flatMap(([tag, at]) => (at > generation ? [tag] : []));
  }

  /** Runs `listener` after each purge that becomes known. @returns a function that ends the listening. */
  onLearned(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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

  #tell(): void {
    this.#revision += 1;
    for (const listener of this.#listeners) listener();
  }
}

export const everything = 'all';

export function keyTag(keyHash: string): string {
  return `key:${keyHash}`;
}

/** Whether a purge of this tag voids the entry. */
export function isNamedBy(tag: string, keyHash: string, tags: readonly string[]): boolean {
  return tag === everything || tag === keyTag(keyHash) || tags.includes(tag);
}
