import { Cluster, type Redis } from 'ioredis';
import type { Clock } from '../time/clock.js';

const roundEveryMs = 200;
/** A connection without an answer for this long counts as dead, even if TCP has not noticed yet. */
export const deadAfterMs = 1_000;
/** The same for a node of a cluster. Shorter, because a round in a cluster first asks for the masters. */
const deadNodeAfterMs = 500;

/** Redis answers, but so late that each command of a request would fail. */
class TooLate extends Error {}

/**
 * Asks Redis in rounds until Redis answers in time again. RedisLink starts the probe when Redis hangs. A round asks one
 * server, or every master of a cluster, because a cluster is used as a whole. Only one round runs at a time: a
 * Redis that hangs for hours must not collect commands.
 */
export class Probe {
  readonly #cancels = new Set<() => void>();
  #round = 0;

  constructor(
    private readonly redis: Redis | Cluster,
    private readonly clock: Clock,
    /** The longest time that a request waits for an answer. */
    private readonly commandLimitMs: number,
  ) {}

  /** @param missed runs after each round without an answer, with the reason. */
  start(answered: () => void, missed: (reason: string) => void): void {
    this.stop();
    const round = this.#round;
    this.#askAll().then(
      () => {
        if (round === this.#round) answered();
      },
      (error: unknown) => {
        if (round !== this.#round) return;
        if (!(error instanceof TooLate)) missed(error instanceof Error ? error.message : 'unknown');
        // `missed` may have stopped the probe.
        if (round === this.#round) this.#after(roundEveryMs, () => this.start(answered, missed));
      },
    );
  }

  stop(): void {
    this.#round += 1;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  async #askAll(): Promise<void> {
    const { redis } = this;
    if (!(redis instanceof Cluster)) {
      await this.#within(deadAfterMs, redis.ping(), () => redis.disconnect(true));
      return;
    }
    await refreshed(redis);
    const masters = redis.nodes('master');
    if (masters.length === 0) throw new Error('no master of the cluster is known');
    await Promise.all(masters.map((node) => this.#askNode(node)));
  }

  async #askNode(node: Redis): Promise<void> {
    // A dropped node is connected again in the next round, or replaced by the node that took over its slots.
    const info = await this.#within(deadNodeAfterMs, node.cluster('INFO'), () => node.disconnect());
    if (!info.includes('cluster_state:ok')) throw new Error('the cluster is down');
  }

  async #within<T>(limitMs: number, answer: Promise<T>, drop: () => void): Promise<T> {
    const progress = { isLate: false };
    // If this process was busy itself, the answer may have arrived unread. Node reads it before the immediate runs.
    const late = this.#after(this.commandLimitMs, () => setImmediate(() => (progress.isLate = true)));
    const cancel = this.#after(limitMs, drop);
    try {
      const found = await answer;
      if (progress.isLate) throw new TooLate();
      return found;
    } finally {
      late();
      cancel();
    }
  }

  #after(delayMs: number, action: () => void): () => void {
    const cancel = this.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }
}

async function refreshed(cluster: Cluster): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    cluster.refreshSlotsCache((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
