/**
 * Asks HSS by name for known rows of one list: rows that a walk has not met, that were risky, that a search missed, or
 * that a purge has voided. Rows that HSS does not have any more leave the catalog.
 */
import type { HssList } from '../../endpoints/lists/hss-list.js';
import { UpstreamError } from '../../hss/errors.js';
import type { RowHash } from '../model/row-hash.js';
import type { ListRow } from './change-set-builder.js';
import type { KnownRow } from './known-rows.js';
import type { ListParts } from './list-parts.js';
import type { ListRequests } from './list-requests.js';

/** A lookup that reads more blocks than this costs more than the next walk, which decides as well. */
const mostBlocks = 5;

/** One request by name, and the known rows that the answer decides about. */
export interface Lookup {
  list: HssList<ListRow>;
  rows: KnownRow[];
}

export class Lookups {
  readonly #waiting = new Map<string, Lookup>();

  constructor(
    private readonly requests: ListRequests,
    private readonly parts: Pick<ListParts, 'pages' | 'committer' | 'clock'>,
  ) {}

  /** Wall time from which a lookup is due. */
  get dueAt(): number {
    return this.#waiting.size > 0 ? 0 : Infinity;
  }

  /** One lookup for each name. Leaves out the rows that HSS cannot be asked for by name. */
  of(rows: readonly KnownRow[]): Map<string, Lookup> {
    const lookups = new Map<string, Lookup>();
    for (const row of rows) {
      const list = this.requests.named(row.row);
      if (!list) continue;
      const key = JSON.stringify(list.query);
      const lookup = lookups.get(key) ?? { list, rows: [] };
      lookups.set(key, lookup);
      lookup.rows.push(row);
    }
    return lookups;
  }

  /** Queues lookups, at most `most` of them. */
  add(lookups: ReadonlyMap<string, Lookup>, most = Infinity): void {
    for (const [key, lookup] of [...lookups].slice(0, most)) this.#waiting.set(key, lookup);
  }

  /** Runs the lookup that has waited longest. @throws like `run`. */
  async runNext(signal: AbortSignal): Promise<void> {
    for (const [key, lookup] of this.#waiting) {
      await this.run(lookup, signal);
      this.#waiting.delete(key);
      return;
    }
  }

  /**
   * Makes one call of HSS, or more for a name with many rows. HSS matches parts of local names, so other rows come too.
   * @throws the errors of HSS, of the budget and of the log, except that HSS refuses the name.
   */
  async run({ list, rows }: Lookup, signal: AbortSignal): Promise<void> {
    const { pages, committer, clock } = this.parts;
    const { name } = this.requests;
    const met = new Set<RowHash>();
    const totals = new Set<number | null>();
    let offset = 0;
    for (let block = 1; block <= mostBlocks; block += 1) {
      const page = await pages.take(name, list, offset, signal).catch(unlessRefused);
      if (!page) return;
      for (const hash of page.met) met.add(hash);
      totals.add(page.total);
      offset += page.rows.length;
      if (!page.isLast) continue;
      // A row can change places between two calls, so that no block has it. Then the next walk decides.
      if (block > 1 && (totals.size > 1 || met.size < (page.total ?? 0))) return;
      const left = new Map(rows.filter(({ hash }) => !met.has(hash)).map((row) => [row.hash, row]));
      return committer.commit((builder) => {
        for (const { key, rowKey } of left.values()) builder.remove(name, key, rowKey, clock.now());
      });
    }
  }
}

/** A name that HSS refuses must not hold the list up for ever. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof UpstreamError) || error.code !== 'invalid-request') throw error;
}
