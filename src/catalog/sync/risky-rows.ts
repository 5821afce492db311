/**
 * Reads the risky rows of a list again more often than walks come: the registry's rows of the worst severity, and the
 * local rows with containers. Severity and counts can change without a scan, and then no time of the row moves.
 */
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import type { RowHash } from '../model/row-hash.js';
import type { ChangeCommitter } from './change-committer.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListPages } from './list-pages.js';
import type { ListRequests } from './list-requests.js';
import { lookupsFor, type Lookup, type Lookups } from './lookups.js';
import { nextRoundAt, type Pace } from './schedule.js';

/** A round looks at most this many names up: rows that were risky and do not come with the risky rows any more. */
const mostLookups = 5;

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
  calls: number;
  met: Set<RowHash>;
  /** Undefined until all risky rows are read. */
  left?: Lookup[];
}

export class RiskyRows {
  readonly name: string;
  #round: Round | undefined;
  #callsBefore = 1;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: RiskyRowsParts,
  ) {
    this.name = `${requests.name} risks`;
  }

  get dueAt(): number {
    const { replica, pace } = this.parts;
    return this.#round ? 0 : nextRoundAt(replica.store.sync[this.requests.name], this.#callsBefore, pace);
  }

  /** Makes one call of HSS, or more for a name with many rows. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const round = (this.#round ??= {
      startedAt: this.parts.clock.now(),
      offset: 0,
      calls: 0,
      met: new Set(),
    });
    round.calls += 1;
    const lookup = round.left?.shift();
    if (lookup) await this.lookups.run(lookup, signal);
    else if (!round.left) await this.#readBlock(round, signal);
    if (round.left?.length === 0) await this.#end(round);
  }

  async #readBlock(round: Round, signal: AbortSignal): Promise<void> {
    const { pages, committer } = this.parts;
    const { name } = this.requests;
    const { rows, fetchedAt, generation, isLast } = await pages.read(
      this.requests.risky(),
      round.offset,
      signal,
    );
    await committer.commit((builder) => {
      builder.sync.calls += 1;
      const purged = committer.purgedSince(generation);
      for (const row of rows) round.met.add(builder.upsert(name, row, fetchedAt, purged));
    });
    round.offset += rows.length;
    if (isLast) round.left = await this.#findLeft(round);
  }

  async #findLeft({ met }: Round): Promise<Lookup[]> {
    const left: KnownRow[] = [];
    for await (const slice of knownRows(this.requests.name, this.parts.replica.store))
      left.push(...slice.filter(({ hash, row }) => this.requests.isRisky(row) && !met.has(hash)));
    return (lookupsFor(this.requests, left) ?? []).slice(0, mostLookups);
  }

  async #end({ startedAt, calls }: Round): Promise<void> {
    await this.parts.committer.commit(({ sync }) => {
      sync[this.requests.name].risksAt = startedAt;
    });
    this.#callsBefore = calls;
    this.#round = undefined;
  }
}
