import type { RedisLink } from '../redis/redis-link.js';
import { sleep, type Clock } from '../time/clock.js';
import { patiently, publish } from './fleet-messages.js';
import type { FleetNews } from './fleet-news.js';
import { purgeInFleet } from './fleet-scripts.js';
import type { Purges } from './purges.js';

const acknowledgedWithinMs = 1_000;

/** Purges on every instance of the fleet, and waits until each live instance has acknowledged the purge. */
export class FleetPurges {
  /** The instances that acknowledged a purge under way, by the purge's generation. */
  readonly #acknowledgedBy = new Map<number, Set<string>>();
  #waiting: (() => void)[] = [];

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly purges: Purges,
    private readonly news: FleetNews,
  ) {}

  /**
   * Voids every entry with the tag, on every instance.
   * @returns the instances that did not acknowledge the purge in time. @throws RedisUnavailable
   */
  async purge(tag: string): Promise<string[]> {
    const { redis } = this;
    // A repeated script does no harm: entries stored between the two runs are void as well.
    const { generation, instances } = await patiently(this.clock, () =>
      purgeInFleet(redis, tag, this.purges.generation),
    );
    const live = instances.filter((name) => name !== this.instance);
    const acknowledgedBy = new Set<string>();
    this.#acknowledgedBy.set(generation, acknowledgedBy);
    try {
      await patiently(this.clock, () => publish(redis, ['purged', tag, generation]));
      this.news.learnPurge(tag, generation);
      const limit = new AbortController();
      const tooLate = sleep(this.clock, acknowledgedWithinMs, limit.signal).then(
        () => true,
        () => true,
      );
      while (live.some((name) => !acknowledgedBy.has(name)))
        if (await Promise.race([this.#nextAcknowledgement(), tooLate])) break;
      limit.abort();
      return live.filter((name) => !acknowledgedBy.has(name));
    } finally {
      this.#acknowledgedBy.delete(generation);
    }
  }

  /** Another instance, or this instance, has carried out the purge. */
  acknowledge(generation: number, instance: string): void {
    this.#acknowledgedBy.get(generation)?.add(instance);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #nextAcknowledgement(): Promise<false> {
    return new Promise((resolve) => this.#waiting.push(() => resolve(false)));
  }
}
