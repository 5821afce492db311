import type { Lifetime } from '../../cache/entry.js';
import type { Loaded, Source } from '../../cache/source.js';
import type { Dependency } from '../../cache/validity.js';
import type { Load } from '../../budget/load.js';
import { readList } from '../../hss/envelope.js';
import { UpstreamError, type UpstreamAnswer } from '../../hss/errors.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { HssClient } from '../../hss/hss-client.js';
import type { Integer } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import type { HssList, ListBlock } from './hss-list.js';
import type { ListKeys } from './list-keys.js';
import type { ScanMarks } from './scan-marks.js';
import { sourceRow } from './source-rows.js';

/**
 * HSS's largest page. Blocks start at multiples of this number, so equal and overlapping pages share calls; where HSS
 * ends a block early, one more block starts at its end.
 */
export const blockRows = 200;

/** The answer "HSS does not know this image" is cached like a block of rows. */
export type CachedBlock<Row> = ListBlock<Row> | { absent: UpstreamAnswer };

/** A block that HSS has just answered to this instance, for any caller, with the call and the filters. */
export interface LoadedBlock extends HssCall {
  offset: number;
  rows: readonly unknown[];
  total: Integer | null;
  fetchedAt: number;
  /** Number of the last purge that was known when the block was asked for. */
  generation: number;
}

export interface ListBlocksParts {
  client: HssClient;
  clock: Clock;
  keys: ListKeys;
  marks: ScanMarks;
  /** How long the cache keeps the answer that HSS does not know an image. */
  absentLifetime: Lifetime;
  /** Whether the cache keeps the rows as HSS sent them as well. */
  keepsSource: boolean;
  /** Number of the last purge that this instance knows. */
  generation: () => number;
  /** Sends scan marks to the other instances. */
  broadcast: (text: string) => void;
}

/** Describes the blocks of HSS's lists to the cache, and loads them. Used by ListReader alone. */
export class ListBlocks {
  readonly #listeners = new Set<(block: LoadedBlock) => void>();

  constructor(private readonly parts: ListBlocksParts) {}

  onLoaded(listener: (block: LoadedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The entry that knows how many rows the list has. It exists only after a block was read. */
  endOf(list: HssList<unknown>) {
    return {
      key: this.parts.keys.end(list),
      isOutdated: (end: ListBlock<unknown>) => this.#isOutdated(list, end),
      dependencies: this.#scanOf(list),
    };
  }

  /**
   * The block that starts at row `start`.
   * @param isAnnounced whether the listeners get the block.
   * @param needsSource whether a block without HSS's own rows counts as missing.
   */
  source<Row>(
    list: HssList<Row>,
    start: number,
    { isAnnounced = true, needsSource = false }: { isAnnounced?: boolean; needsSource?: boolean } = {},
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
      isUsable: (block) => !(needsSource && 'rows' in block && lacksSource(block)),
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
      const kept = raw.rows.slice(0, blockRows);
      const rows = kept.map((row) => list.toRow(row));
      const source = this.parts.keepsSource
        ? { source: kept.map((row) => sourceRow(row, list.documented)) }
        : {};
      // Only the instance that loads a block sends the scan times, so messages are as rare as calls of HSS.
      const scans = list.scans && this.parts.marks.learn(list.scans(rows));
      if (scans !== undefined) this.parts.broadcast(scans);
      return {
        value: { ...form, rows, ...source },
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

/** A block of a release, or of an instance, that did not keep the rows as HSS sent them. */
function lacksSource({ rows, source }: ListBlock<unknown>): boolean {
  return rows.length > 0 && source === undefined;
}
