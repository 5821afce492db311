import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import { deleteFencedValues } from './fenced-values.js';
import { sweptKey } from './fleet-messages.js';
import { keepPurgesMs } from './fleet-scripts.js';
import type { Purges } from './purges.js';
import type { StoredEntries } from './stored-entries.js';

/** By now every live instance knows of the purge, and stores nothing more that the purge voids. */
const sweepAfterMs = 5_000;
/** Mostly one instance sweeps: the instances begin at different moments, and look first whether the work is done. */
const spreadMs = 10_000;
const retryAfterMs = 15_000;

/**
 * Deletes purged entries from Redis. No read returns such an entry, but its bytes would stay until they expire. Every
 * instance plans a sweep, so that one takes place even when the instance that purged is gone.
 */
export class PurgeSweep {
  #cancel: (() => void) | undefined;
  readonly #stopListening: () => void;

  constructor(
    private readonly redis: RedisLink,
    private readonly entries: StoredEntries,
    private readonly purges: Purges,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {
    this.#stopListening = purges.onLearned(() => this.#plan());
    if (purges.generation > 0) this.#plan();
  }

  close(): void {
    this.#stopListening();
    this.#cancel?.();
    // A sweep that is under way must not plan another one.
    this.#cancel = () => undefined;
  }

  #plan(afterMs = sweepAfterMs + this.random() * spreadMs): void {
    this.#cancel ??= this.clock.after(afterMs, () => {
      const begun = this.#cancel;
      void this.#sweep().then(
        (isDone) => this.#next(begun, isDone ? undefined : sweepAfterMs),
        () => this.#next(begun, retryAfterMs),
      );
    });
  }

  #next(begun: (() => void) | undefined, afterMs: number | undefined): void {
    if (this.#cancel !== begun) return;
    this.#cancel = undefined;
    if (afterMs !== undefined) this.#plan(afterMs);
  }

  /** @returns false when another purge became known meanwhile. */
  async #sweep(): Promise<boolean> {
    const { redis, purges } = this;
    const { generation } = purges;
    const key = sweptKey(redis);
    const found = await redis.runAside((client) => client.get(key));
    // A number that cannot be read is as good as none: the entries are gone over once more.
    const swept = /^\d+$/.test(found ?? '') ? Number(found) : 0;
    if (swept < generation) {
      await this.entries.delete((keyHash, head) => purges.isPurged(keyHash, head));
      // Purges are rare, and answers are soon made anew, so no answer is looked at.
      await deleteFencedValues(redis);
      await redis.runAside((client) => client.set(key, String(generation), 'PX', keepPurgesMs));
    }
    return generation === purges.generation;
  }
}
