import { MemoryLog } from '../log/memory-log.js';
import type { CatalogSync } from './catalog-sync.js';
import { readsIn } from './consumer-reads.js';
import { statusOf, type CatalogStatus } from './status.js';
import { SyncSession, type SyncSessionParts } from './sync-session.js';

/** Without Redis: this instance syncs for itself, and what it knows ends with it. */
export class SoleSync implements CatalogSync {
  readonly #syncing: SyncSession;
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: SyncSessionParts) {
    const { replica, clock, reader, enterpriseProjectId } = parts;
    this.#syncing = new SyncSession(parts, new MemoryLog(replica, clock));
    this.#stopListening = reader.onLoaded((block) => {
      const news = readsIn(block, enterpriseProjectId);
      if (news) void this.#syncing.take(news);
    });
  }

  start(): void {
    const { log } = this.parts;
    log.info('Catalog: this instance syncs, for itself and in memory: each start reads all of it again');
    this.#running = this.#syncing.run(this.#closing.signal);
    this.#running.catch((error: unknown) => log.error({ err: error }, 'Catalog: the sync has ended'));
  }

  status(): CatalogStatus {
    const { replica, clock, instance, pace, enterpriseProjectId } = this.parts;
    return statusOf({
      ...{ catalog: replica.store, syncingInstance: instance, waitingFor: null },
      lastError: this.#syncing.lastError,
      ...{ enterpriseProjectId, intervalMs: pace.intervalMs, now: clock.now() },
    });
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#running.catch(() => undefined);
  }
}
