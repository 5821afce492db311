/** The catalog's sync without Redis: the single instance syncs, and its catalog ends with the process. */
import { MemoryLog } from '../log/memory-log.js';
import type { CatalogSync } from './catalog-sync.js';
import type { CatalogStatus } from './status.js';
import { SyncSession, type SyncSessionParts } from './sync-session.js';

export class SoleSync implements CatalogSync {
  readonly #session: SyncSession;
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: SyncSessionParts) {
    this.#session = new SyncSession(parts, new MemoryLog(parts.replica, parts.clock));
    this.#stopListening = this.#session.onConsumerRead((read) => this.#session.take(read));
  }

  start(): void {
    const { log } = this.parts;
    log.info('Catalog: this instance syncs in memory only; each start reads the whole catalog again');
    this.#running = this.#session.run(this.#closing.signal);
    this.#running.catch((error: unknown) => log.error({ err: error }, 'Catalog: the sync has ended'));
  }

  status(): CatalogStatus {
    const { lastError } = this.#session;
    return this.#session.status({ syncingInstance: this.parts.instance, waitingFor: null, lastError });
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#running.catch(() => undefined);
  }
}
