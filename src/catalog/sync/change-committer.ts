import type { Clock } from '../../time/clock.js';
import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { ChangeSetBuilder } from './change-set-builder.js';
import type { RecentReads } from './recent-reads.js';

/**
 * Commits the catalog's steps one after the other, so that each step builds on the state that the step before left.
 * Steps carry events only after both lists were read once: until then every image is new.
 */
export class ChangeCommitter {
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly replica: Replica,
    private readonly log: CatalogLog,
    private readonly recent: RecentReads,
    private readonly clock: Clock,
  ) {}

  /** @throws Fenced, or the error of `fill`. After an error of `fill` nothing is written. */
  commit(fill: (builder: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const done = this.#lastCommit.then(() => this.#commit(fill));
    this.#lastCommit = done.catch(() => undefined);
    return done;
  }

  async #commit(fill: (builder: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const { store } = this.replica;
    const sync = structuredClone(store.sync);
    const withEvents = sync.registry.walkedAt !== null && sync.local.walkedAt !== null;
    const builder = new ChangeSetBuilder(store, this.recent, sync, this.clock.now());
    await fill(builder);
    const changeSet = builder.finish(store.version + 1, withEvents);
    if (changeSet) await this.log.commit(changeSet);
  }
}
