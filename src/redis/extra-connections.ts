import { Cluster, type Redis } from 'ioredis';

/**
 * The connections of RedisLink beside the one for requests: for background work, and for subscriptions. Each goes to the
 * same Redis, opens with its first command, and connects again after a loss. RedisLink knows the state of Redis.
 */
export class ExtraConnections {
  readonly #open = new Set<Redis | Cluster>();
  /** Connections that are about to close, and connect again. */
  readonly #ending = new Set<Redis | Cluster>();

  constructor(private readonly redis: Redis | Cluster) {}

  /** @param waiting lets commands wait for a new connection after a loss; without it these commands fail at once. */
  open(waiting: { maxRetriesPerRequest?: null }): Redis | Cluster {
    const waits = { lazyConnect: true, enableOfflineQueue: true } as const;
    const extra =
      this.redis instanceof Cluster
        ? this.redis.duplicate([], waits)
        : this.redis.duplicate({ ...waits, ...waiting });
    // The link goes to the same server and has logged the error.
    extra.on('error', (error: Error) => {
      if (isOfSelect(error)) extra.disconnect(true);
    });
    this.#open.add(extra);
    return extra;
  }

  reconnectAll(): void {
    for (const extra of this.#open) if (extra.status === 'ready') this.reconnect(extra);
  }

  /**
   * Many commands can be late on one connection. The connection ends once all the same, because each `disconnect` leaves
   * a listener on the socket.
   */
  reconnect(extra: Redis | Cluster): void {
    if (this.#ending.has(extra)) return;
    this.#ending.add(extra);
    // A cluster's client that has no connection closes none.
    for (const event of ['close', 'ready']) extra.once(event, () => this.#ending.delete(extra));
    extra.disconnect(true);
  }

  close(): void {
    for (const extra of this.#open) extra.disconnect();
  }
}

/**
 * Whether SELECT has failed: ioredis adds the command to its error. ioredis itself would go on with database 0, which may
 * belong to others.
 */
export function isOfSelect(error: Error & { command?: { name: string } }): boolean {
  return error.command?.name === 'select';
}
