/**
 * Asks HSS's statistics every minute how many local images there are. The deltas of the local list do not tell this
 * number, and no delta shows a removed row. Where HSS counts fewer rows than the catalog knows, RemovedRows searches
 * the missing ones.
 */
import { UpstreamError } from '../../hss/errors.js';
import type { AssetStatistics } from '../../endpoints/asset-statistics/asset-statistics.js';
import type { ListState } from '../model/sync-state.js';
import { backgroundCall } from './background-call.js';
import type { ListParts } from './list-parts.js';

const everyMs = 60_000;
/** A region that does not publish the call is asked again after a day. */
const restMs = 24 * 3_600_000;

export class CountCheck {
  readonly name = 'count';

  constructor(
    private readonly parts: Omit<ListParts, 'pages' | 'recent' | 'pace'> & { statistics: AssetStatistics },
  ) {}

  get dueAt(): number {
    const { countNotBefore = 0, local } = this.parts.replica.store.sync;
    return Math.max(countNotBefore, (local.count?.at ?? 0) + everyMs);
  }

  /** @throws the errors of HSS, of the budget and of the log, except that HSS does not publish the call. */
  async runNext(signal: AbortSignal): Promise<void> {
    const { statistics, committer, clock, log } = this.parts;
    try {
      const { local, fetchedAt } = await backgroundCall(clock, signal, {}, (context) =>
        statistics.read(context),
      );
      await committer.commit(({ sync }) => {
        sync.calls += 1;
        if (local === null) sync.countNotBefore = fetchedAt + restMs;
        else noteCount(sync.local, local, fetchedAt);
      });
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.code !== 'upstream-unsupported') throw error;
      log.warn(
        { upstream: error.upstream },
        'Catalog: HSS has no count of images here; removals show by walks',
      );
      await committer.commit(({ sync }) => {
        sync.countNotBefore = clock.now() + restMs;
      });
    }
  }
}

/** HSS's list itself has told how many rows it has. The statistics may count otherwise: the difference is learned. */
export function noteTotal(state: ListState, total: number, at: number): void {
  setTotal(state, total, at);
  if (state.count) state.count.more = state.count.value - total;
}

function noteCount(state: ListState, value: number, at: number): void {
  const more = state.count?.more ?? (state.total === null ? undefined : value - state.total);
  state.count = { value, at, ...(more === undefined ? {} : { more }) };
  if (more === undefined) return;
  setTotal(state, value - more, at);
}

function setTotal(state: ListState, total: number, at: number): void {
  state.total = total;
  state.countedAt = at;
  state.rowsThen = state.rows;
}
