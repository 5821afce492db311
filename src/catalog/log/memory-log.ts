import { randomUUID } from 'node:crypto';
import type { Clock } from '../../time/clock.js';
import type { ChangeSet } from '../model/change-set.js';
import type { CatalogLog } from './catalog-log.js';
import { loadNothing, type Replica } from './replica.js';

/** The log without Redis. No other instance reads the log, so each step is only applied to this instance. */
export class MemoryLog implements CatalogLog {
  constructor(
    private readonly replica: Replica,
    private readonly clock: Clock,
  ) {}

  async begin(): Promise<void> {
    if (this.replica.store.version === 0) await loadNothing(this.replica, randomUUID(), this.clock);
  }

  async commit(changes: ChangeSet): Promise<void> {
    await this.replica.apply(changes);
  }
}
