import { rowsFollow, type HssList } from '../../endpoints/lists/hss-list.js';
import type { ListReader } from '../../endpoints/lists/list-reader.js';
import type { Clock } from '../../time/clock.js';
import type { RowHash } from '../model/row-hash.js';
import type { CatalogList } from '../model/sync-state.js';
import { backgroundCall } from './background-call.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ChangeSetBuilder, ListRow } from './change-set-builder.js';

/** One block of a list, just read from HSS. */
export interface ListPage {
  rows: ListRow[];
  total: number | null;
  /** Wall time in ms, never later than now by this instance's clock. */
  fetchedAt: number;
  /** Number of the last purge that was known when HSS was asked. */
  generation: number;
  /** No block follows: the next block would start at the end of these rows. */
  isLast: boolean;
}

/** Reads blocks of one of HSS's lists for the sync, each with one background call, and takes them into the catalog. */
export class ListPages {
  constructor(
    private readonly reader: Pick<ListReader, 'renew'>,
    private readonly committer: ChangeCommitter,
    private readonly clock: Clock,
  ) {}

  async #read(list: HssList<ListRow>, offset: number, signal: AbortSignal): Promise<ListPage> {
    const block = await backgroundCall(this.clock, signal, {}, (readContext) =>
      this.reader.renew(list, offset, readContext),
    );
    const { rows, generation } = block;
    const total = block.total === null ? null : Number(block.total);
    // Without a total, only a page without rows tells that the list was read to its end.
    const isLast = rowsFollow(block, offset + rows.length) === false;
    // Another instance may have made the call, and `fetchedAt` is a time of that instance's clock.
    return { rows, total, fetchedAt: Math.min(block.fetchedAt, this.clock.now()), generation, isLast };
  }

  /**
   * Reads a block and commits it. `fill` adds to the same step. A block that was asked for before a purge of the whole
   * list is read again.
   */
  async take(
    name: CatalogList,
    list: HssList<ListRow>,
    offset: number,
    signal: AbortSignal,
    fill: (builder: ChangeSetBuilder, page: ListPage) => void = () => undefined,
  ): Promise<ListPage & { met: ReadonlySet<RowHash> }> {
    const page = await this.#read(list, offset, signal);
    const met = new Set<RowHash>();
    const read = { isVoid: false };
    await this.committer.commit((builder) => {
      builder.sync.calls += 1;
      const purged = this.committer.purgedSince(page.generation);
      read.isVoid = purged.lists.has(name);
      if (read.isVoid) return;
      for (const row of page.rows) met.add(builder.upsert(name, row, page.fetchedAt, purged));
      fill(builder, page);
    });
    return read.isVoid ? this.take(name, list, offset, signal, fill) : { ...page, met };
  }
}
