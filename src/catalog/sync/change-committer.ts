import type { Clock } from '../../time/clock.js';
import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { ChangeSetBuilder } from './change-set-builder.js';
import type { RecentReads } from './recent-reads.js';

/**
 * Makes the catalog's steps one after the other: each is made from what the one before has come to. Nobody hears of
 * events before both lists were read once: until then everything is new.
 */
export class ChangeCommitter {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly replica: Replica,
    private readonly log: CatalogLog,
    private readonly recent: RecentReads,
    private readonly clock: Clock,
  ) {}

  /** @throws Fenced, or what `make` throws; then nothing was done. */
  commit(make: (draft: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const done = this.#turn.then(() => this.#commit(make));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #commit(make: (draft: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const { store } = this.replica;
    const sync = structuredClone(store.sync);
    const isTold = sync.registry.walkedAt !== null && sync.local.walkedAt !== null;
    const draft = new ChangeSetBuilder(store, this.recent, sync, this.clock.now());
    await make(draft);
    const changes = draft.finish(store.version + 1, isTold);
    if (changes) await this.log.commit(changes);
  }
}
