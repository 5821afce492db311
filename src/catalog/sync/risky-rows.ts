/**
 * Reads the risky rows of a list again more often than walks come: the registry's rows of the worst severity, and the
 * local rows with containers. Severity and counts can change without a scan, and then no time of the row moves.
 */
import { UpstreamError } from '../../hss/errors.js';
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import type { RowHash } from '../model/row-hash.js';
import type { ChangeCommitter } from './change-committer.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListPage, ListPages } from './list-pages.js';
import type { ListRequests } from './list-requests.js';
import { lookupsFor, type Lookup, type Lookups } from './lookups.js';
import { nextRoundAt, type Pace } from './schedule.js';

/** A round looks at most this many names up: rows that were risky and do not come with the risky rows any more. */
const mostLookups = 10;
/** A round that HSS refuses begins again after this time. */
const refusedPauseMs = 15 * 60_000;

export interface RiskyRowsParts {
  replica: Replica;
  committer: ChangeCommitter;
  pages: ListPages;
  clock: Clock;
  pace: Pace;
}

interface Round {
  startedAt: number;
  offset: number;
  blocks: number;
  /** Rows that the round has read or looks up. */
  met: Set<RowHash>;
  lookups: Lookup[];
  isRead: boolean;
}

export class RiskyRows {
  #round: Round | undefined;
  #blocksBefore = 1;
  #notBefore = 0;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: RiskyRowsParts,
  ) {}

  /** Wall time from which the round has a call to make. */
  get dueAt(): number {
    const { replica, pace } = this.parts;
    if (this.#round) return 0;
    const state = replica.store.sync[this.requests.name];
    return Math.max(this.#notBefore, nextRoundAt(state, this.#blocksBefore, pace));
  }

  /**
   * Makes one call of HSS, or more for a name with many rows. A round that HSS refuses holds no other work up.
   * @throws like ListSync.runNext.
   */
  async runNext(signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const round = (this.#round ??= {
      startedAt: clock.now(),
      offset: 0,
      blocks: 0,
      met: new Set(),
      lookups: [],
      isRead: false,
    });
    try {
      const lookup = round.lookups.shift();
      if (lookup) await this.lookups.run(lookup, signal);
      else await this.#readBlock(round, signal);
      if (round.isRead && round.lookups.length === 0) await this.#end(round);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.#round = undefined;
      this.#notBefore = clock.now() + refusedPauseMs;
      throw error;
    }
  }

  async #readBlock(round: Round, signal: AbortSignal): Promise<void> {
    const { pages, committer } = this.parts;
    const { name } = this.requests;
    const page = await pages.read(this.requests.risky(), round.offset, signal);
    await committer.commit((builder) => {
      builder.sync.calls += 1;
      const purged = committer.purgedSince(page.generation);
      for (const row of page.rows) round.met.add(builder.upsert(name, row, page.fetchedAt, purged));
    });
    round.offset += page.rows.length;
    round.blocks += 1;
    round.isRead = page.isLast;
    const left = await this.#findLeft(round, page);
    for (const { hash } of left) round.met.add(hash);
    round.lookups.push(...lookupsFor(this.requests, left).slice(0, mostLookups));
  }

  /** Known risky rows that HSS would have shown up to this page. A row that has changed since the round began is known. */
  async #findLeft({ met, startedAt }: Round, { rows, isLast }: ListPage): Promise<KnownRow[]> {
    const { requests, parts } = this;
    const last = rows.at(-1);
    const isDue = ({ row, readAt }: Pick<KnownRow, 'row' | 'readAt'>) =>
      requests.isRisky(row) &&
      readAt < startedAt &&
      (isLast || (last !== undefined && requests.isBefore(row, last)));
    const left: KnownRow[] = [];
    for await (const slice of knownRows(requests.name, parts.replica.store, isDue))
      left.push(...slice.filter(({ hash }) => !met.has(hash)));
    return left;
  }

  async #end({ startedAt, blocks }: Round): Promise<void> {
    await this.parts.committer.commit(({ sync }) => {
      sync[this.requests.name].risksAt = startedAt;
    });
    this.#blocksBefore = blocks;
    this.#round = undefined;
  }
}
