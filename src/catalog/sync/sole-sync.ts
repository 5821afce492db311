/** The catalog's sync without Redis: the single instance syncs, and its catalog ends with the process. */
import { MemoryLog } from '../log/memory-log.js';
import type { CatalogSync } from './catalog-sync.js';
import { consumerReadOf } from './consumer-read.js';
import { statusOf, type CatalogStatus } from './status.js';
import { SyncSession, type SyncSessionParts } from './sync-session.js';

export class SoleSync implements CatalogSync {
  readonly #session: SyncSession;
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: SyncSessionParts) {
    const { replica, clock, reader, enterpriseProjectId } = parts;
    this.#session = new SyncSession(parts, new MemoryLog(replica, clock));
    this.#stopListening = reader.onLoaded((block) => {
      const read = consumerReadOf(block, enterpriseProjectId);
      if (read) void this.#session.take(read);
    });
  }

  start(): void {
    const { log } = this.parts;
    log.info('Catalog: this instance syncs in memory only; each start reads the whole catalog again');
    this.#running = this.#session.run(this.#closing.signal);
    this.#running.catch((error: unknown) => log.error({ err: error }, 'Catalog: the sync has ended'));
  }

  status(): CatalogStatus {
    const { replica, clock, instance, pace, enterpriseProjectId } = this.parts;
    return statusOf({
      catalog: replica.store,
      syncingInstance: instance,
      waitingFor: null,
      lastError: this.#session.lastError,
      enterpriseProjectId,
      intervalMs: pace.intervalMs,
      now: clock.now(),
    });
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#running.catch(() => undefined);
  }
}
