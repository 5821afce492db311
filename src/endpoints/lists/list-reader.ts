import type { ReadContext } from '../../cache/read-context.js';
import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import type { ReadThroughCache } from '../../cache/read-through-cache.js';
import type { Dependency } from '../../cache/validity.js';
import { UpstreamError, type UpstreamAnswer } from '../../hss/errors.js';
import type { Integer } from '../../json/lossless.js';
import { freshnessOf, lookingAt, worst, type Freshness } from './freshness.js';
import { rowsFollow, type HssList, type ListBlock } from './hss-list.js';
import { blockRows, type CachedBlock, type ListBlocks, type LoadedBlock } from './list-blocks.js';
import type { ListKeys } from './list-keys.js';
import type { ScanMarks, ScannedRow } from './scan-marks.js';
import type { SourceRow } from './source-rows.js';

/** A page is made of at most this many blocks: HSS's shortest pages have ten rows. */
const mostBlocks = 20;

/** The first row and the number of rows that a consumer requests. */
interface Range {
  offset: number;
  limit: number;
}

/** A range of rows as the consumer requested. */
export interface Page<Row> {
  /** Fewer than requested at the end of the list, and where HSS gives few rows a call or no total. */
  rows: Row[];
  total: Integer | null;
  /** Whether rows may follow. The next page starts at the end of the rows of this page. */
  hasMore: boolean;
  freshness: Freshness;
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
  blocks: ListBlocks;
  keys: ListKeys;
  marks: ScanMarks;
}

/**
 * Reads HSS lists through the cache in aligned blocks of 200 rows, and cuts pages of any size at any offset out of
 * the blocks. The four endpoints, the catalog's sync and the merged answers use this reader. No other class uses both
 * the cache and the HSS client.
 */
export class ListReader {
  constructor(private readonly parts: ListReaderParts) {}

  /** Reads one page of a list. @throws Absent, UpstreamError, NotCached, DeadlineExceeded. */
  page<Row>(list: HssList<Row>, range: Range, readContext: ReadContext): Promise<Page<Row>> {
    return this.#page(list, range, readContext, ({ rows }) => rows);
  }

  /** A page that lies in one block, when memory holds the block as fresh. Asks neither Redis nor HSS. */
  heldPage<Row>(
    list: HssList<Row>,
    { offset, limit }: Range,
    demand: FreshnessDemand,
  ): Page<Row> | undefined {
    const { cache, blocks } = this.parts;
    const start = offset - (offset % blockRows);
    const skipped = offset - start;
    if (skipped + limit > blockRows) return undefined;
    const reading = cache.held<CachedBlock<Row>>(blocks.source(list, start), demand);
    const block = reading?.entry.value;
    if (!reading || !block || 'absent' in block) return undefined;
    const { rows, total } = block;
    const follow = rowsFollow(block, start + rows.length);
    if (rows.length < skipped + limit && follow !== false) return undefined;
    const end = start > 0 ? cache.held<ListBlock<unknown>>(blocks.endOf(list), demand) : undefined;
    // A list that is known to end before the block has no such rows.
    if (start > 0 && (!end || end.entry.value.total === null || start >= end.entry.value.total))
      return undefined;
    const freshness = end ? lookingAt(freshnessOf(reading), freshnessOf(end)) : freshnessOf(reading);
    const hasMore = rows.length > skipped + limit || follow !== false;
    return { rows: rows.slice(skipped, skipped + limit), total, hasMore, freshness };
  }

  /** Reads one page of a list in HSS's own form. Pages of both forms come from the same blocks. @throws like `page`. */
  sourcePage(list: HssList<unknown>, range: Range, readContext: ReadContext): Promise<Page<SourceRow>> {
    return this.#page(list, range, readContext, sourceOf, { needsSource: true });
  }

  async #page<Row, Shown>(
    list: HssList<Row>,
    range: Range,
    readContext: ReadContext,
    shownOf: (block: ListBlock<Row>) => readonly Shown[],
    form: { needsSource?: boolean } = {},
  ): Promise<Page<Shown>> {
    const start = range.offset - (range.offset % blockRows);
    const end = range.offset + range.limit;
    const rows: Shown[] = [];
    const read: Freshness[] = [];
    let reached = start;
    let total: Integer | null = null;
    let follow: boolean | undefined = true;
    // A page has at most 200 rows, so it touches at most two full blocks. HSS may end a block early: then the next block
    // begins where the rows end. A page with rows may stay short when HSS does not tell whether rows follow.
    const isShort = () =>
      reached > range.offset ? follow === true && read.length < mostBlocks : follow !== false;
    while (reached < end && isShort()) {
      const { block, freshness } = await this.#block(list, reached, readContext, form);
      rows.push(...shownOf(block));
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
      this.parts.blocks.source(list, start, { isAnnounced: false }),
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
    return this.parts.blocks.onLoaded(listener);
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
    const reading = await this.parts.cache.peek<CachedBlock<Row>>(this.parts.blocks.source(list, 0), demand);
    if (!reading || !('rows' in reading.entry.value)) return undefined;
    const { rows, total } = reading.entry.value;
    if (list.scans) this.parts.marks.learn(list.scans(rows));
    return { rows, total, freshness: freshnessOf(reading) };
  }

  async #block<Row>(
    list: HssList<Row>,
    start: number,
    readContext: ReadContext,
    form: { needsSource?: boolean },
  ): Promise<{ block: ListBlock<Row>; freshness: Freshness }> {
    const end = start > 0 ? await this.#end(list, readContext.demand) : undefined;
    // The list is known to end before this block: no call is needed.
    if (end && start >= end.total) return { block: { total: end.total, rows: [] }, freshness: end.freshness };
    const reading = await this.parts.cache.read(this.parts.blocks.source(list, start, form), readContext);
    const freshness = start > 0 ? lookingAt(freshnessOf(reading), end?.freshness) : freshnessOf(reading);
    const block = reading.entry.value;
    if ('absent' in block) throw new Absent(block.absent, freshness);
    if (list.scans) this.parts.marks.learn(list.scans(block.rows));
    return { block, freshness };
  }

  /** The number of rows of the list, as an earlier block told it. Undefined when the cache has no such block. */
  async #end(list: HssList<unknown>, demand: FreshnessDemand) {
    const known = await this.parts.cache.peek<ListBlock<unknown>>(this.parts.blocks.endOf(list), demand);
    if (!known || known.entry.value.total === null) return undefined;
    return { total: known.entry.value.total, freshness: freshnessOf(known) };
  }
}

function sourceOf({ rows, source }: ListBlock<unknown>): readonly SourceRow[] {
  if (source === undefined && rows.length > 0)
    throw new Error('This instance keeps no rows as HSS sent them');
  return source ?? [];
}
