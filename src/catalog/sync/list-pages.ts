import { rowsFollow, type HssList } from '../../endpoints/lists/hss-list.js';
import type { ListReader } from '../../endpoints/lists/list-reader.js';
import type { Clock } from '../../time/clock.js';
import { backgroundCall } from './background-call.js';
import type { ListRow } from './change-set-builder.js';

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

/** Reads blocks of one of HSS's lists for the sync, each with one background call. */
export class ListPages {
  constructor(
    private readonly reader: ListReader,
    private readonly clock: Clock,
  ) {}

  async read(list: HssList<ListRow>, offset: number, signal: AbortSignal): Promise<ListPage> {
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
}
