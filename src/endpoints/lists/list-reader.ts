import type { ReadContext } from '../../cache/read-context.js';
import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import type { Lifetime } from '../../cache/entry.js';
import type { ReadThroughCache } from '../../cache/read-through-cache.js';
import type { Loaded, Source } from '../../cache/source.js';
import type { Dependency } from '../../cache/validity.js';
import { readList } from '../../hss/envelope.js';
import { UpstreamError, type UpstreamAnswer } from '../../hss/errors.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { HssClient } from '../../hss/hss-client.js';
import type { Integer } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import type { Load } from '../../budget/load.js';
import { freshnessOf, lookingAt, worst, type Freshness } from './freshness.js';
import { rowsFollow, type HssList, type ListBlock } from './hss-list.js';
import type { ListKeys } from './list-keys.js';
import type { ScanMarks, ScannedRow } from './scan-marks.js';

/**
 * HSS's largest page. Blocks start at multiples of this number, so equal and overlapping pages share calls; where HSS
 * ends a block early, one more block starts at its end.
 */
export const blockRows = 200;

/** A page is made of at most this many blocks: HSS's shortest pages have ten rows. */
const mostBlocks = 20;

/** The answer "HSS does not know this image" is cached like a block of rows. */
type CachedBlock<Row> = ListBlock<Row> | { absent: UpstreamAnswer };

/** A range of rows as the consumer requested. */
export interface Page<Row> {
  /** Fewer than requested at the end of the list, and where HSS gives few rows a call or no total. */
  rows: Row[];
  total: Integer | null;
  /** Whether rows may follow. The next page starts at the end of the rows of this page. */
  hasMore: boolean;
  freshness: Freshness;
}

/** A block that HSS has just answered to this instance, for any caller, with the call and the filters. */
export interface LoadedBlock extends HssCall {
  offset: number;
  rows: readonly unknown[];
  total: Integer | null;
  fetchedAt: number;
  /** Number of the last purge that was known when the block was asked for. */
  generation: number;
}

/** HSS did not know the image of the request at `freshness.fetchedAt`. */
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
  /** Number of the last purge that this instance knows. */
  generation: () => number;
  /** Sends scan marks to the other instances. */
  broadcast: (text: string) => void;
}

/**
 * Reads HSS lists through the cache in aligned blocks of 200 rows, and cuts pages of any size at any offset out of
 * the blocks. The four endpoints, the catalog's sync and the merged answers use this reader. No other class uses both
 * the cache and the HSS client.
 */
export class ListReader {
  readonly #listeners = new Set<(block: LoadedBlock) => void>();

  constructor(private readonly parts: ListReaderParts) {}

  /** Reads one page of a list. @throws Absent, UpstreamError, NotCached, DeadlineExceeded. */
  async page<Row>(
    list: HssList<Row>,
    range: { offset: number; limit: number },
    readContext: ReadContext,
  ): Promise<Page<Row>> {
    const start = range.offset - (range.offset % blockRows);
    const end = range.offset + range.limit;
    const rows: Row[] = [];
    const read: Freshness[] = [];
    let reached = start;
    let total: Integer | null = null;
    let follow: boolean | undefined = true;
    // A page has at most 200 rows, so it touches at most two full blocks. HSS may end a block early: then the next block
    // begins where the rows end. A page with rows may stay short when HSS does not tell whether rows follow.
    const isShort = () =>
      reached > range.offset ? follow === true && read.length < mostBlocks : follow !== false;
    while (reached < end && isShort()) {
      const { block, freshness } = await this.#block(list, reached, readContext);
      rows.push(...block.rows);
      read.push(freshness);
      reached += block.rows.length;
      total = block.total;
      follow = rowsFollow(block, reached);
    }
    return {
      rows: rows.slice(range.offset - start, end - start),
      total,
      hasMore: reached > end || follow !== false,
      freshness: worst(read),
    };
  }

  /** Reads the list from its start, block by block, at most `mostBlocks` blocks. @throws like `page`. */
  async *blocks<Row>(
    list: HssList<Row>,
    mostBlocks: number,
    readContext: ReadContext,
  ): AsyncGenerator<Page<Row>, void> {
    for (let block = 0, offset = 0; block < mostBlocks; block += 1) {
      const page = await this.page(list, { offset, limit: blockRows }, readContext);
      yield page;
      if (!page.hasMore) return;
      offset += page.rows.length;
    }
  }

  /**
   * Reads a block from HSS, never from the cache, and stores the block in the cache. Listeners of `onLoaded` do not
   * get the block.
   * @throws UpstreamError, BudgetRefused, DeadlineExceeded.
   */
  async renew<Row>(
    list: HssList<Row>,
    start: number,
    readContext: ReadContext,
  ): Promise<ListBlock<Row> & { fetchedAt: number; generation: number }> {
    const { value, fetchedAt, generation } = await this.parts.cache.renew(
      this.#source(list, start, { isAnnounced: false }),
      readContext,
    );
    if ('absent' in value) throw new UpstreamError('not-found', 'HSS does not know this list', value.absent);
    if (list.scans) this.parts.marks.learn(list.scans(value.rows));
    return { ...value, fetchedAt, generation };
  }

  /** Learns scan times from rows that another reader has read. Content of an older scan is stale from now on. */
  learnScans(rows: readonly ScannedRow[]): void {
    this.parts.marks.learn(rows);
  }

  /**
   * Runs `listener` with each block that this instance gets from HSS.
   * @returns a function that ends the listening.
   */
  onLoaded(listener: (block: LoadedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For an answer that holds until any instance reads the list's first block again. */
  dependencyOn(list: HssList<unknown>): Dependency {
    return this.parts.cache.dependencyOn(this.parts.keys.block(list, 0));
  }

  /** The list's first block, when the cache holds a block that satisfies the demand. Never calls HSS. */
  async peek<Row>(
    list: HssList<Row>,
    demand: FreshnessDemand,
  ): Promise<{ rows: Row[]; total: Integer | null; freshness: Freshness } | undefined> {
    const reading = await this.parts.cache.peek<CachedBlock<Row>>(this.#source(list, 0), demand);
    if (!reading || !('rows' in reading.entry.value)) return undefined;
    const { rows, total } = reading.entry.value;
    if (list.scans) this.parts.marks.learn(list.scans(rows));
    return { rows, total, freshness: freshnessOf(reading) };
  }

  async #block<Row>(
    list: HssList<Row>,
    start: number,
    readContext: ReadContext,
  ): Promise<{ block: ListBlock<Row>; freshness: Freshness }> {
    const end = start > 0 ? await this.#end(list, readContext.demand) : undefined;
    // The list is known to end before this block: no call is needed.
    if (end && start >= end.total) return { block: { total: end.total, rows: [] }, freshness: end.freshness };
    const reading = await this.parts.cache.read(this.#source(list, start), readContext);
    const freshness = start > 0 ? lookingAt(freshnessOf(reading), end?.freshness) : freshnessOf(reading);
    const block = reading.entry.value;
    if ('absent' in block) throw new Absent(block.absent, freshness);
    if (list.scans) this.parts.marks.learn(list.scans(block.rows));
    return { block, freshness };
  }

  /** The number of rows of the list, as an earlier block told it. Undefined when the cache has no such block. */
  async #end(list: HssList<unknown>, demand: FreshnessDemand) {
    const isOutdated = (end: ListBlock<unknown>) => this.#isOutdated(list, end);
    const dependencies = this.#scanOf(list);
    const key = this.parts.keys.end(list);
    const known = await this.parts.cache.peek<ListBlock<unknown>>({ key, isOutdated, dependencies }, demand);
    if (!known || known.entry.value.total === null) return undefined;
    return { total: known.entry.value.total, freshness: freshnessOf(known) };
  }

  #source<Row>(
    list: HssList<Row>,
    start: number,
    { isAnnounced } = { isAnnounced: true },
  ): Source<CachedBlock<Row>> {
    return {
      key: this.parts.keys.block(list, start),
      load: async (load) => {
        const generation = this.parts.generation();
        const loaded = await this.#load(list, start, load);
        const { value, fetchedAt } = loaded;
        if (isAnnounced && 'rows' in value) this.#announce(list, start, value, { fetchedAt, generation });
        return loaded;
      },
      usualFreshMs: list.usualFreshMs,
      lifetime: (block) => ('absent' in block ? this.parts.absentLifetime : list.lifetime(block)),
      tags: (block) => this.parts.keys.tags(list, 'rows' in block ? block.rows : []),
      isOutdated: (block) => 'rows' in block && this.#isOutdated(list, block),
      dependencies: this.#scanOf(list),
    };
  }

  #scanOf({ contentOf }: HssList<unknown>): readonly Dependency[] {
    return contentOf === undefined ? [] : [this.parts.marks.dependencyOn(contentOf)];
  }

  #isOutdated({ contentOf }: HssList<unknown>, { scannedUntil }: ListBlock<unknown>): boolean {
    if (contentOf === undefined || scannedUntil === undefined) return false;
    return (this.parts.marks.of(contentOf) ?? '') > scannedUntil;
  }

  async #load<Row>(list: HssList<Row>, start: number, load: Load): Promise<Loaded<CachedBlock<Row>>> {
    const { contentOf } = list;
    // Read before the call: a scan that becomes known during the call may be missing in the answer.
    const knownScan = contentOf === undefined ? undefined : this.parts.marks.of(contentOf);
    const askedAt = this.parts.clock.now();
    const ends = Object.fromEntries((list.openEnds ?? []).map((name) => [name, String(askedAt)]));
    const query = { ...list.query, ...ends, limit: String(blockRows), offset: String(start) };
    try {
      const { api, path } = list;
      const { answer: raw, fetchedAt } = await this.parts.client.fetch({ api, path, query }, readList, load);
      const { total } = raw;
      const scannedUntil = knownScan ?? new Date(fetchedAt).toISOString();
      const form = { total, ...(contentOf === undefined ? {} : { scannedUntil }) };
      const rows = raw.rows.slice(0, blockRows).map((row) => list.toRow(row));
      // Only the instance that loads a block sends the scan times, so messages are as rare as calls of HSS.
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

  #announce(
    { api, path, query }: HssCall,
    offset: number,
    { rows, total }: ListBlock<unknown>,
    asked: Pick<LoadedBlock, 'fetchedAt' | 'generation'>,
  ): void {
    for (const listener of this.#listeners) listener({ api, path, query, offset, rows, total, ...asked });
  }
}
