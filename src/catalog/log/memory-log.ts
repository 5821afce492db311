import { randomUUID } from 'node:crypto';
import type { Clock } from '../../time/clock.js';
import { notSynced, type ChangeSet } from '../model/change-set.js';
import type { CatalogLog } from './catalog-log.js';
import type { Replica } from './replica.js';

/** Without Redis there is nobody to write for. */
export class MemoryLog implements CatalogLog {
  constructor(
    private readonly replica: Replica,
    private readonly clock: Clock,
  ) {}

  async begin(): Promise<void> {
    const last = { version: 0, at: this.clock.now(), sync: notSynced, seen: { registry: [], local: [] } };
    if (this.replica.store.version === 0) await this.replica.load(randomUUID(), nothing(), last);
  }

  async commit(changes: ChangeSet): Promise<void> {
    await this.replica.apply(changes);
  }
}

export async function* nothing(): AsyncGenerator<Buffer> {
  // A new catalog holds nothing.
}
