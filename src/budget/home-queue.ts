import type { LowPriority } from './account.js';

/**
 * At most this many loads of one consumer and priority wait at home. At five calls in 60 s, fewer calls are possible
 * within the ten minutes for which a refresh waits.
 */
const mostAtHome = 200;

interface Place {
  priority: LowPriority;
  consumer: string;
}

/**
 * The loads of low priority that wait on this instance without a ticket, by their ids. In the shared account thousands
 * of such tickets would slow down every change of every instance. Consumers take turns, so that a consumer with many
 * stale keys does not hold up the other consumers. Used by PendingLoads.
 */
export class HomeQueue {
  readonly #lines: Record<LowPriority, Map<string, Set<string>>> = {
    revalidation: new Map(),
    background: new Map(),
  };
  readonly #places = new Map<string, Place>();

  has(id: string): boolean {
    return this.#places.has(id);
  }

  count(priority: LowPriority): number {
    return [...this.#lines[priority].values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  /** @returns false when the consumer has enough loads here: the newest wish is dropped. */
  add(id: string, place: Place): boolean {
    const line = this.#lines[place.priority];
    const ids = line.get(place.consumer) ?? new Set();
    if (ids.size >= mostAtHome) return false;
    line.set(place.consumer, ids.add(id));
    this.#places.set(id, place);
    return true;
  }

  remove(id: string): void {
    const place = this.#places.get(id);
    if (!place) return;
    this.#places.delete(id);
    const line = this.#lines[place.priority];
    const ids = line.get(place.consumer);
    ids?.delete(id);
    if (ids?.size === 0) line.delete(place.consumer);
  }

  /** Removes and returns the load that has waited longest, of the consumer whose turn it is. */
  take(priority: LowPriority): string | undefined {
    const line = this.#lines[priority];
    for (const [consumer, ids] of line) {
      const [id] = ids;
      // The consumer goes to the end of the line.
      line.delete(consumer);
      line.set(consumer, ids);
      if (id !== undefined) this.remove(id);
      return id;
    }
    return undefined;
  }
}
