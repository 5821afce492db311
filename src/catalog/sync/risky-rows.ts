/**
 * Reads the risky rows of a list again more often than walks come: the registry's rows of the worst severity, and the
 * local rows with containers. Severity and counts can change without a scan, and then no time of the row moves.
 */
import { UpstreamError } from '../../hss/errors.js';
import type { RowHash } from '../model/row-hash.js';
import type { ListRow } from './change-set-builder.js';
import { knownRows, type KnownRow } from './known-rows.js';
import type { ListParts } from './list-parts.js';
import type { ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';
import { afterPause, nextRoundAt, refusedPauseMs } from './schedule.js';

/** A page leads to at most this many lookups of rows that were risky and do not come with the risky rows any more. */
const mostLookups = 10;

interface Round {
  startedAt: number;
  offset: number;
  blocks: number;
  /** Rows that the round has read or looks up. */
  met: Set<RowHash>;
  isRead: boolean;
}

export class RiskyRows {
  #round: Round | undefined;
  #blocksBefore = 1;
  #notBefore = -Infinity;

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly parts: Omit<ListParts, 'recent' | 'log'>,
  ) {}

  /** Wall time from which the round has a call to make. A round ends after its lookups. */
  get dueAt(): number {
    const { replica, pace, clock } = this.parts;
    const state = replica.store.sync[this.requests.name];
    const notBefore = afterPause(this.#notBefore, clock.now());
    if (!this.#round) return Math.max(notBefore, nextRoundAt(state, this.#blocksBefore, pace));
    return this.#round.isRead && this.lookups.dueAt < Infinity ? Infinity : 0;
  }

  /** Makes one call of HSS, or ends the round. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const startedAt = this.parts.clock.now();
    const round = (this.#round ??= { startedAt, offset: 0, blocks: 0, met: new Set(), isRead: false });
    if (!round.isRead) await this.#readBlock(round, signal).catch((error: unknown) => this.#giveUp(error));
    if (round.isRead && this.lookups.dueAt === Infinity) await this.#end(round);
  }

  async #readBlock(round: Round, signal: AbortSignal): Promise<void> {
    const { requests, lookups, parts } = this;
    const page = await parts.pages.take(requests.name, requests.risky(), round.offset, signal);
    for (const hash of page.met) round.met.add(hash);
    round.offset += page.rows.length;
    round.blocks += 1;
    round.isRead = page.isLast;
    const left = await this.#findLeft(round, page.rows.at(-1));
    for (const { hash } of left) round.met.add(hash);
    lookups.add(lookups.of(left), mostLookups);
  }

  /** Known risky rows that HSS would have shown up to `last`, unless they have changed since the round began. */
  #findLeft({ met, startedAt, isRead }: Round, last: ListRow | undefined): Promise<KnownRow[]> {
    const { requests, parts } = this;
    return knownRows(
      requests.name,
      parts.replica.store,
      ({ row, readAt }, hash) =>
        readAt < startedAt &&
        requests.isRisky(row) &&
        (isRead || (last !== undefined && requests.isBefore(row, last))) &&
        !met.has(hash()),
    );
  }

  /** The next round begins with the first page: HSS may refuse this page for good, and `met` grows old. */
  #giveUp(error: unknown): never {
    if (error instanceof UpstreamError) {
      this.#round = undefined;
      this.#notBefore = this.parts.clock.now() + refusedPauseMs;
    }
    throw error;
  }

  async #end({ startedAt, blocks }: Round): Promise<void> {
    await this.parts.committer.commit(({ sync }) => {
      sync[this.requests.name].risksAt = startedAt;
    });
    this.#blocksBefore = blocks;
    this.#round = undefined;
  }
}
