import type { ReadContext } from '../../cache/read-context.js';
import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import type { Lifetime } from '../../cache/entry.js';
import type { ReadThroughCache } from '../../cache/read-through-cache.js';
import type { Loaded, Source } from '../../cache/source.js';
import { UpstreamError, type UpstreamAnswer } from '../../hss/errors.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { HssClient } from '../../hss/hss-client.js';
import type { Integer } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import type { Load } from '../../budget/load.js';
import { freshnessOf, lookingAt, worst, type Freshness } from './freshness.js';
import type { HssList, Rows } from './hss-list.js';
import type { ListKeys } from './list-keys.js';
import type { ScanMarks, ScannedRow } from './scan-marks.js';

/** HSS's largest page. Blocks start at multiples of it, so that equal and overlapping pages share calls. */
export const blockRows = 200;

/** "HSS does not know this image" is an answer too, and is cached as one. */
type Block<Row> = Rows<Row> | { absent: UpstreamAnswer };

/** A range of rows as a consumer asked for it. */
export interface Page<Row> {
  rows: Row[];
  total: Integer | null;
  hasMore: boolean;
  freshness: Freshness;
}

/** A block that HSS has just given, for whomever: rows and times of a list that was asked for with these filters. */
export interface LoadedBlock extends HssCall {
  offset: number;
  rows: readonly unknown[];
  total: Integer | null;
  fetchedAt: number;
}

/** HSS does not know what was asked for, as of `freshness.fetchedAt`. */
export class Absent extends UpstreamError {
  constructor(
    upstream: UpstreamAnswer,
    readonly freshness: Freshness,
  ) {
    super('not-found', 'HSS does not know this image', upstream);
  }
}

export interface ListReaderParts {
  cache: ReadThroughCache;
  client: HssClient;
  clock: Clock;
  keys: ListKeys;
  marks: ScanMarks;
  /** How long the cache keeps the answer that HSS does not know an image. */
  absentLifetime: Lifetime;
  /** Sends scan marks to the other instances. */
  broadcast: (text: string) => void;
}

/**
 * Reads HSS lists in aligned blocks of 200 rows through the cache, and cuts pages of any size at any offset out of
 * them. Called by the four endpoints; it is where cache and client meet.
 */
export class ListReader {
  readonly #listeners = new Set<(block: LoadedBlock) => void>();

  constructor(private readonly parts: ListReaderParts) {}

  /** @throws Absent, UpstreamError, NotCached, DeadlineExceeded. */
  async page<Row>(
    list: HssList<Row>,
    range: { offset: number; limit: number },
    readContext: ReadContext,
  ): Promise<Page<Row>> {
    const end = range.offset + range.limit;
    const start = range.offset - (range.offset % blockRows);
    const first = await this.#block(list, start, readContext);
    // A page of at most 200 rows touches two blocks; the second only exists when the first is full.
    const second =
      end > start + blockRows && reaches(first.block, start, start + blockRows)
        ? await this.#block(list, start + blockRows, readContext)
        : undefined;
    const rows = [...first.block.rows, ...(second?.block.rows ?? [])].slice(
      range.offset - start,
      end - start,
    );
    const last = second ?? first;
    const lastStart = second ? start + blockRows : start;
    return {
      rows,
      total: last.block.total,
      // A total that lies would make a walk go on for ever: after a block without rows it ends.
      hasMore: last.block.rows.length > 0 && reaches(last.block, lastStart, end),
      freshness: worst(second ? [first.freshness, second.freshness] : [first.freshness]),
    };
  }

  /** The list from its start, block by block, `mostBlocks` at the most. @throws like `page`. */
  async *blocks<Row>(
    list: HssList<Row>,
    mostBlocks: number,
    readContext: ReadContext,
  ): AsyncGenerator<Page<Row>, void> {
    for (let block = 0; block < mostBlocks; block += 1) {
      const range = { offset: block * blockRows, limit: blockRows };
      const page = await this.page(list, range, readContext);
      yield page;
      if (!page.hasMore) return;
    }
  }

  /**
   * A block as HSS has it now, never as it is held; it is held from then on. `onLoaded` does not tell of it.
   * @throws UpstreamError, BudgetRefused, DeadlineExceeded.
   */
  async renew<Row>(
    list: HssList<Row>,
    start: number,
    readContext: ReadContext,
  ): Promise<Rows<Row> & { fetchedAt: number }> {
    const { value, fetchedAt } = await this.parts.cache.renew(
      this.#source(list, start, { isTold: false }),
      readContext,
    );
    if ('absent' in value) throw new UpstreamError('not-found', 'HSS does not know this list', value.absent);
    if (list.scans) this.parts.marks.learn(list.scans(value.rows));
    return { ...value, fetchedAt };
  }

  /** Rows of lists that came from elsewhere: content of an older scan than they tell of is stale. */
  learnScans(rows: readonly ScannedRow[]): void {
    this.parts.marks.learn(rows);
  }

  /** Runs `listener` with each block that this instance gets from HSS. @returns what ends that. */
  onLoaded(listener: (block: LoadedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The list's first block when one is held that satisfies the demand; never asks HSS. */
  async peek<Row>(
    list: HssList<Row>,
    demand: FreshnessDemand,
  ): Promise<{ rows: Row[]; freshness: Freshness } | undefined> {
    const reading = await this.parts.cache.peek<Block<Row>>(this.#source(list, 0), demand);
    if (!reading || !('rows' in reading.entry.value)) return undefined;
    const { rows } = reading.entry.value;
    if (list.scans) this.parts.marks.learn(list.scans(rows));
    return { rows, freshness: freshnessOf(reading) };
  }

  async #block<Row>(
    list: HssList<Row>,
    start: number,
    readContext: ReadContext,
  ): Promise<{ block: Rows<Row>; freshness: Freshness }> {
    const end = start > 0 ? await this.#end(list, readContext.demand) : undefined;
    // That costs no call.
    if (end && start >= end.total) return { block: { total: end.total, rows: [] }, freshness: end.freshness };
    const reading = await this.parts.cache.read(this.#source(list, start), readContext);
    const freshness = start > 0 ? lookingAt(freshnessOf(reading), end?.freshness) : freshnessOf(reading);
    const block = reading.entry.value;
    if ('absent' in block) throw new Absent(block.absent, freshness);
    if (list.scans) this.parts.marks.learn(list.scans(block.rows));
    return { block, freshness };
  }

  /** How many rows the list has, as far as a block knew that was read. */
  async #end(list: HssList<unknown>, demand: FreshnessDemand) {
    const isOutdated = (end: Rows<unknown>) => this.#isOutdated(list, end);
    const known = await this.parts.cache.peek<Rows<unknown>>(
      { key: this.parts.keys.end(list), isOutdated },
      demand,
    );
    if (!known || known.entry.value.total === null) return undefined;
    return { total: known.entry.value.total, freshness: freshnessOf(known) };
  }

  #source<Row>(list: HssList<Row>, start: number, { isTold } = { isTold: true }): Source<Block<Row>> {
    return {
      key: this.parts.keys.block(list, start),
      load: async (load) => {
        const loaded = await this.#load(list, start, load);
        if (isTold && 'rows' in loaded.value) this.#announce(list, start, loaded.value, loaded.fetchedAt);
        return loaded;
      },
      lifetime: (block) => ('absent' in block ? this.parts.absentLifetime : list.lifetime(block)),
      tags: (block) => this.parts.keys.tags(list, 'rows' in block ? block.rows : []),
      isOutdated: (block) => 'rows' in block && this.#isOutdated(list, block),
      dependencies: this.#scanOf(list),
    };
  }

  #isOutdated({ contentOf }: HssList<unknown>, { scannedUntil }: Rows<unknown>): boolean {
    if (contentOf === undefined || scannedUntil === undefined) return false;
    return (this.parts.marks.of(contentOf) ?? '') > scannedUntil;
  }

  async #load<Row>(list: HssList<Row>, start: number, load: Load): Promise<Loaded<Block<Row>>> {
    const { contentOf } = list;
    const query = { ...list.query, limit: String(blockRows), offset: String(start) };
    // Before the call: a scan that a list shows while it is under way may not be in its answer.
    const knownScan = contentOf === undefined ? undefined : this.parts.marks.of(contentOf);
    const askedAt = this.parts.clock.now();
    try {
      const { list: raw, fetchedAt } = await this.parts.client.list(
        { api: list.api, path: list.path, query },
        load,
      );
      const { total } = raw;
      const scannedUntil = knownScan ?? new Date(fetchedAt).toISOString();
      const form = { total, ...(contentOf === undefined ? {} : { scannedUntil }) };
      const rows = raw.rows.slice(0, blockRows).map((row) => list.toRow(row));
      // Whoever loads tells: so often as HSS may be called, and no more.
      const scans = list.scans && this.parts.marks.learn(list.scans(rows));
      if (scans !== undefined) this.parts.broadcast(scans);
      return {
        value: { ...form, rows },
        fetchedAt,
        ...(total === null
          ? {}
          : { beside: { key: this.parts.keys.end(list), value: { ...form, rows: [] } } }),
      };
    } catch (error) {
      if (!(error instanceof UpstreamError && error.code === 'not-found' && error.upstream)) throw error;
      return { value: { absent: error.upstream }, fetchedAt: askedAt };
    }
  }

  #announce({ api, path, query }: HssCall, offset: number, block: Rows<unknown>, fetchedAt: number): void {
    const { rows, total } = block;
    for (const listener of this.#listeners) listener({ api, path, query, offset, rows, total, fetchedAt });
  }
}

/** Whether the list goes on at `offset`, as far as the block that starts at `start` can tell. */
function reaches(block: Rows<unknown>, start: number, offset: number): boolean {
  // Rows in hand are there, whatever the total says.
  if (offset < start + block.rows.length) return true;
  return block.total === null ? block.rows.length === blockRows : offset < block.total;
}
