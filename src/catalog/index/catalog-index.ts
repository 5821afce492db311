import { dataVersionOf, hasData, type ChangeSet } from '../model/change-set.js';
import type { CatalogStore } from '../model/reader.js';
import { History } from './history.js';
import { IndexReader, type CatalogIndexOptions } from './index-reader.js';

const defaultMemoryMiB = 512;

/**
 * The catalog in memory: documents as deflated bytes, and DuckDB tables for questions about all images. The replica
 * of the log hands over change sets and snapshots; the routes ask (index-reader.ts). The index never calls HSS or Redis.
 *
 * A change set's way from here: `apply` puts steps in order. `History` derives each changed image, packs its
 * document into a block (documents/) and lets the functions of tables/ write its rows through a `TableWriter`, in
 * one transaction. Words that many rows share become numbers (words/). After the commit the new rows are published
 * and `Versions` advances.
 */
export class CatalogIndex extends IndexReader implements CatalogStore {
  /** Settles when the last write has ended. Steps, loads and snapshots run one after the other. */
  #writing: Promise<unknown> = Promise.resolve();
  #stopTidying: () => void = () => undefined;

  static async open(options: CatalogIndexOptions): Promise<CatalogIndex> {
    const history = await History.open(options.clock, options.memoryMiB ?? defaultMemoryMiB, 0);
    return new CatalogIndex(options, history);
  }

  apply(changes: ChangeSet): Promise<void> {
    return this.#inTurn(async () => {
      const { history } = this;
      if (changes.version !== this.version + 1)
        throw new RangeError(`Version ${changes.version} cannot follow version ${this.version}`);
      const publish = await history.write(changes, changes.version);
      publish();
      for (const row of history.forgetPurged(changes.purged ?? [])) this.shown.forget(row);
      const { changedAt, sync } = this;
      history.versions.advance(hasData(changes) ? { changedAt, sync } : undefined);
      this.changedAt = changes.at;
      this.sync = changes.sync;
      history.reads.apply(changes);
      this.#tidyLater();
    });
  }

  load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    last: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const { clock, memoryMiB = defaultMemoryMiB } = this.options;
      const history = await History.open(clock, memoryMiB, last.version, dataVersionOf(last));
      try {
        await history.load(snapshot, last.version);
      } catch (error) {
        await history.engine.close();
        throw error;
      }
      const before = this.history;
      this.history = history;
      this.epoch = epoch;
      this.changedAt = last.at;
      this.sync = last.sync;
      this.#tidyLater();
      // A question asks the tables several times, and pauses in between. Deadlines bound this wait: an export holds no
      // version while it is sent.
      await before.versions.unheld();
      await before.engine.close();
    });
  }

  async *snapshot(): AsyncGenerator<Buffer> {
    let done: () => void = () => undefined;
    const turn = new Promise<void>((begun) => {
      void this.#inTurn(() => {
        begun();
        return new Promise<void>((resolve) => (done = resolve));
      });
    });
    try {
      await turn;
      yield* this.history.snapshot();
    } finally {
      done();
    }
  }

  beginEpoch(epoch: string): void {
    this.epoch = epoch;
  }

  /** Waits for the step that is being written. */
  close(): Promise<void> {
    return this.#inTurn(() => {
      this.#stopTidying();
      return this.history.engine.close();
    });
  }

  /** Tidies when the oldest version has been kept long enough. */
  #tidyLater(): void {
    this.#stopTidying();
    const delayMs = this.history.versions.untilNextExpiry();
    if (delayMs === undefined) return;
    this.#stopTidying = this.options.clock.after(delayMs, () => {
      // After a failure the tables stay as they are until the next time.
      this.#inTurn(() => this.history.tidy()).then(
        () => this.#tidyLater(),
        () => this.#tidyLater(),
      );
    });
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(action);
    this.#writing = done.catch(() => undefined);
    return done;
  }
}
