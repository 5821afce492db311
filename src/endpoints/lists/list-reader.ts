import type { ReadContext } from '../../cache/read-context.js';
import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import type { Lifetime } from '../../cache/entry.js';
import type { ReadThroughCache } from '../../cache/read-through-cache.js';
import type { Loaded, Source } from '../../cache/source.js';
import type { Dependency } from '../../cache/validity.js';
import type { RawRow } from '../../hss/envelope.js';
import { UpstreamError, type UpstreamAnswer } from '../../hss/errors.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { HssClient } from '../../hss/hss-client.js';
import type { Integer } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import type { Load } from '../../budget/load.js';
import { freshnessOf, lookingAt, worst, type Freshness } from './freshness.js';
import { type ScanMarks, type ScannedRow } from './scan-marks.js';
import { plainDigest } from '../../domain/digest.js';

/** HSS's largest page. Blocks start at multiples of it, so that equal and overlapping pages share calls. */
export const blockRows = 200;
/** A purge of one image finds lists that are about a few; the long ones live shortly. */
const mostTaggedRows = 20;

/** One list of HSS, filters included: what identifies it, and what its rows mean. */
export interface HssList<Row> extends HssCall {
  /** Names the kind of rows and the version of their form; part of the cache key. */
  schema: string;
  toRow(raw: RawRow): Row;
  lifetime(block: Rows<Row>): Lifetime | Promise<Lifetime>;
  /** Of an image's content: the image it belongs to. It is stale once that was scanned again. */
  contentOf?: string;
  /** Of a list of images: their rows as marks of when they were scanned. */
  scans?(rows: readonly Row[]): readonly ScannedRow[];
}

/** 200 rows of a list, or fewer at its end, as cached. */
export interface Rows<Row> {
  total: Integer | null;
  rows: Row[];
  /** Of content: the time up to which scans are in it, RFC 3339; its image's last scan, else when it was asked for. */
  scannedUntil?: string;
}

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

/**
 * Reads HSS lists in aligned blocks of 200 rows through the cache, and cuts pages of any size at any offset out of
 * them. Called by the four endpoints; it is where cache and client meet.
 */
export class ListReader {
  readonly #listeners = new Set<(block: LoadedBlock) => void>();

  constructor(
    private readonly cache: ReadThroughCache,
    private readonly client: HssClient,
    private readonly clock: Clock,
    /** Keeps projects, credentials and regions apart in the cache. No secrets. */
    private readonly scope: string,
    private readonly project: string,
    private readonly absentLifetime: Lifetime,
    private readonly marks: ScanMarks,
    /** Tells the other instances of marks. */
    private readonly tell: (text: string) => void,
  ) {}

  /** @throws Absent, UpstreamError, NotCached, DeadlineExceeded. */
  async page<Row>(
    list: HssList<Row>,
    range: { offset: number; limit: number },
    asking: ReadContext,
  ): Promise<Page<Row>> {
    const end = range.offset + range.limit;
    const start = range.offset - (range.offset % blockRows);
    const first = await this.#block(list, start, asking);
    // A page of at most 200 rows touches two blocks; the second only exists when the first is full.
    const second =
      end > start + blockRows && reaches(first.block, start, start + blockRows)
        ? await this.#block(list, start + blockRows, asking)
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
    asking: ReadContext,
  ): AsyncGenerator<Page<Row>, void> {
    for (let block = 0; block < mostBlocks; block += 1) {
      const range = { offset: block * blockRows, limit: blockRows };
      const page = await this.page(list, range, asking);
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
    asking: ReadContext,
  ): Promise<Rows<Row> & { fetchedAt: number }> {
    const { value, fetchedAt } = await this.cache.renew(this.#source(list, start, { isTold: false }), asking);
    if ('absent' in value) throw new UpstreamError('not-found', 'HSS does not know this list', value.absent);
    if (list.scans) this.marks.learn(list.scans(value.rows));
    return { ...value, fetchedAt };
  }

  /** Rows of lists that came from elsewhere: content of an older scan than they tell of is stale. */
  learnScans(rows: readonly ScannedRow[]): void {
    this.marks.learn(rows);
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
    const reading = await this.cache.peek<Block<Row>>(this.#source(list, 0), demand);
    if (!reading || !('rows' in reading.entry.value)) return undefined;
    const { rows } = reading.entry.value;
    if (list.scans) this.marks.learn(list.scans(rows));
    return { rows, freshness: freshnessOf(reading) };
  }

  async #block<Row>(
    list: HssList<Row>,
    start: number,
    asking: ReadContext,
  ): Promise<{ block: Rows<Row>; freshness: Freshness }> {
    const end = start > 0 ? await this.#end(list, asking.demand) : undefined;
    // That costs no call.
    if (end && start >= end.total) return { block: { total: end.total, rows: [] }, freshness: end.freshness };
    const reading = await this.cache.read(this.#source(list, start), asking);
    const freshness = start > 0 ? lookingAt(freshnessOf(reading), end?.freshness) : freshnessOf(reading);
    const block = reading.entry.value;
    if ('absent' in block) throw new Absent(block.absent, freshness);
    if (list.scans) this.marks.learn(list.scans(block.rows));
    return { block, freshness };
  }

  /** How many rows the list has, as far as a block knew that was read. */
  async #end(list: HssList<unknown>, demand: FreshnessDemand) {
    const isOutdated = (end: Rows<unknown>) => this.#isOutdated(list, end);
    const dependencies = this.#scanOf(list);
    const key = this.#endKey(list);
    const known = await this.cache.peek<Rows<unknown>>({ key, isOutdated, dependencies }, demand);
    if (!known || known.entry.value.total === null) return undefined;
    return { total: known.entry.value.total, freshness: freshnessOf(known) };
  }

  #source<Row>(list: HssList<Row>, start: number, { isTold } = { isTold: true }): Source<Block<Row>> {
    return {
      key: `${this.#key(list)}@${start}`,
      load: async (load) => {
        const loaded = await this.#load(list, start, load);
        if (isTold && 'rows' in loaded.value) this.#announce(list, start, loaded.value, loaded.fetchedAt);
        return loaded;
      },
      lifetime: (block) => ('absent' in block ? this.absentLifetime : list.lifetime(block)),
      tags: (block) => this.#tags(list, 'rows' in block ? block.rows : []),
      isOutdated: (block) => 'rows' in block && this.#isOutdated(list, block),
      dependencies: this.#scanOf(list),
    };
  }

  /** `list:KIND`, `project:ID`, `image:DIGEST`; of a long list the images are not named. */
  #tags<Row>(list: HssList<Row>, rows: readonly Row[]): string[] {
    const named = list.scans && rows.length <= mostTaggedRows ? list.scans(rows) : [];
    const images = [list.contentOf ?? null, ...named.flatMap(({ imageId, digest }) => [imageId, digest])];
    const ids = new Set(images.flatMap((id) => plainDigest(id) ?? []));
    return [
      `list:${list.schema.replace(/-\d+$/, '')}`,
      `project:${this.project}`,
      ...(list.query['enterprise_project_id'] === undefined
        ? []
        : [`project:${list.query['enterprise_project_id']}`]),
      ...[...ids].map((id) => `image:${id}`),
    ];
  }

  #scanOf({ contentOf }: HssList<unknown>): readonly Dependency[] {
    return contentOf === undefined ? [] : [this.marks.dependencyOn(contentOf)];
  }

  #isOutdated({ contentOf }: HssList<unknown>, { scannedUntil }: Rows<unknown>): boolean {
    if (contentOf === undefined || scannedUntil === undefined) return false;
    return (this.marks.of(contentOf) ?? '') > scannedUntil;
  }

  async #load<Row>(list: HssList<Row>, start: number, load: Load): Promise<Loaded<Block<Row>>> {
    const { contentOf } = list;
    const query = { ...list.query, limit: String(blockRows), offset: String(start) };
    // Before the call: a scan that a list shows while it is under way may not be in its answer.
    const knownScan = contentOf === undefined ? undefined : this.marks.of(contentOf);
    const askedAt = this.clock.now();
    try {
      const { list: raw, fetchedAt } = await this.client.list(
        { api: list.api, path: list.path, query },
        load,
      );
      const { total } = raw;
      const scannedUntil = knownScan ?? new Date(fetchedAt).toISOString();
      const form = { total, ...(contentOf === undefined ? {} : { scannedUntil }) };
      const rows = raw.rows.slice(0, blockRows).map((row) => list.toRow(row));
      // Whoever loads tells: so often as HSS may be called, and no more.
      const scans = list.scans && this.marks.learn(list.scans(rows));
      if (scans !== undefined) this.tell(scans);
      return {
        value: { ...form, rows },
        fetchedAt,
        ...(total === null ? {} : { beside: { key: this.#endKey(list), value: { ...form, rows: [] } } }),
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

  #endKey(list: HssList<unknown>): string {
    return `${this.#key(list)}@end`;
  }

  /** `scope:schema:path?filters`, the filters in one order, values encoded so that none can look like another. */
  #key(list: HssList<unknown>): string {
    const query = Object.entries(list.query)
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    return `${this.scope}:${list.schema}:${list.path.map(encodeURIComponent).join('/')}?${query}`;
  }
}

/** Whether the list goes on at `offset`, as far as the block that starts at `start` can tell. */
function reaches(block: Rows<unknown>, start: number, offset: number): boolean {
  // Rows in hand are there, whatever the total says.
  if (offset < start + block.rows.length) return true;
  return block.total === null ? block.rows.length === blockRows : offset < block.total;
}
