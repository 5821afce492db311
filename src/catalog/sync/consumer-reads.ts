/**
 * Takes into the catalog what consumers' own calls of HSS read, on this instance or on another one. FleetSync and
 * SoleSync listen for such reads. Nothing in this file calls HSS.
 */
import type { Clock } from '../../time/clock.js';
import type { SeenImages } from '../model/reader.js';
import { rowHash, type RowHash } from '../model/row-hash.js';
import type { CatalogList } from '../model/sync-state.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ChangeSetBuilder } from './change-set-builder.js';
import type { ConsumerRead, RegistryName } from './consumer-read.js';
import type { ContentQueue } from './content-queue.js';
import { noteTotal } from './count-check.js';
import type { RecentReads } from './recent-reads.js';

type ListRead = Extract<ConsumerRead, { list: CatalogList }>;

/** A step cannot be written while Redis is away. Of the reads that wait meanwhile, the newest ones are kept. */
const mostWaiting = 20;

export class ConsumerReads {
  readonly #waiting: ListRead[] = [];
  #taking: Promise<void> | undefined;

  constructor(
    private readonly catalog: Pick<SeenImages, 'keysOf' | 'keysNamed'>,
    private readonly committer: ChangeCommitter,
    private readonly recent: RecentReads,
    private readonly queue: ContentQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Never throws: a read that is lost is read again by a walk. Resolves when no read waits any more.
   */
  async take(read: ConsumerRead): Promise<void> {
    // The content is in the cache. The content sync reads it from the cache and asks HSS only for the missing blocks.
    if ('part' in read) {
      for (const key of this.catalog.keysOf(read.imageId)) this.queue.hint(key, read.part);
      return;
    }
    // `fetchedAt` is a time of another instance's clock. A time in the future would win over all reads until that
    // time.
    const fetchedAt = Math.min(read.fetchedAt, this.clock.now());
    if (!this.recent.reachesBackTo(fetchedAt)) return;
    this.#waiting.push({ ...read, fetchedAt });
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    await (this.#taking ??= this.#takeAll().finally(() => (this.#taking = undefined)));
  }

  async #takeAll(): Promise<void> {
    for (let read = this.#waiting.shift(); read; read = this.#waiting.shift())
      await this.#commit(read).catch(() => undefined);
  }

  async #commit(read: ListRead): Promise<void> {
    // An instance of release 0.1 tells no generation.
    const { list, rows, total, named, fetchedAt, generation = 0 } = read;
    await this.committer.commit((builder) => {
      const purged = this.committer.purgedSince(generation);
      const met = new Set(rows.map((row) => builder.upsert(list, row, fetchedAt, purged)));
      if (named) this.#removeOthers(builder, named, met, fetchedAt);
      if (total !== null) noteTotal(builder.sync[list], total, fetchedAt);
    });
  }

  /** HSS has shown all rows of the name: another row of this name is gone, or its tag has moved. */
  #removeOthers(
    builder: ChangeSetBuilder,
    named: RegistryName,
    met: ReadonlySet<RowHash>,
    fetchedAt: number,
  ): void {
    const { namespace, name, tag } = named;
    for (const key of this.catalog.keysNamed(named))
      for (const { rowKey, variantOf, row } of builder.document(key)?.entries ?? []) {
        const isNamed =
          row.namespace === namespace && row.name === name && (tag === undefined || row.tag === tag);
        const hash = rowHash('registry', { key, rowKey });
        const isOlder = (this.recent.at(hash) ?? 0) <= fetchedAt;
        if (variantOf === null && isNamed && !met.has(hash) && isOlder)
          builder.remove('registry', key, rowKey, fetchedAt);
      }
  }
}
