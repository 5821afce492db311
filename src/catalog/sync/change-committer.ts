import type { Clock } from '../../time/clock.js';
import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { namesNothing, type CatalogPurges, type PurgedNames } from '../model/purged-names.js';
import { ChangeSetBuilder } from './change-set-builder.js';
import { candidates, notePurges } from './purge-steps.js';
import type { RecentReads } from './recent-reads.js';
import { bringBack } from './set-back.js';

/**
 * Commits the catalog's steps one after the other, so that each step builds on the state that the step before left.
 * Steps carry events only after both lists were read once: until then every image is new. Before each step the
 * catalog takes over all purges that this instance knows.
 */
export class ChangeCommitter {
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly replica: Replica,
    private readonly log: CatalogLog,
    private readonly recent: RecentReads,
    private readonly clock: Clock,
    private readonly purges: CatalogPurges,
  ) {}

  /** What was purged after a read was asked for. Such rows must not enter the catalog. */
  purgedSince(generation: number): PurgedNames {
    return this.purges.since(generation);
  }

  /** @throws Fenced, or the error of `fill`. After an error of `fill` nothing is written. */
  commit(fill: (builder: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const done = this.#lastCommit.then(() => this.#commit(fill));
    this.#lastCommit = done.catch(() => undefined);
    return done;
  }

  async #commit(fill: (builder: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    await this.#takeOverPurges();
    const { registry, local } = this.replica.store.sync;
    await this.#step(registry.walkedAt !== null && local.walkedAt !== null, fill);
  }

  /** Commits the new purges, without events: an event would keep what was purged, such as the former severity. */
  async #takeOverPurges(): Promise<void> {
    const { store } = this.replica;
    for (;;) {
      const names = this.purges.pending(store.sync);
      if (namesNothing(names)) return;
      for await (const portion of candidates(store, names))
        await this.#step(false, (builder) => {
          for (const { image, content } of portion) builder.purge(image, content, names);
        });
      await this.#step(false, ({ sync }) => notePurges(sync, names));
    }
  }

  async #step(withEvents: boolean, fill: (builder: ChangeSetBuilder) => void | Promise<void>): Promise<void> {
    const { store } = this.replica;
    const sync = structuredClone(store.sync);
    sync.purges ??= { upTo: this.purges.startedAt, version: 0 };
    const now = this.clock.now();
    const builder = new ChangeSetBuilder(store, this.recent, sync, now);
    bringBack(sync, now);
    await fill(builder);
    const changeSet = builder.finish(store.version + 1, withEvents);
    if (changeSet) await this.log.commit(changeSet);
  }
}
