import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { WordField } from '../../domain/words.js';
import type { WordSource } from '../../endpoints/lists/words-in-use.js';
import type { Clock } from '../../time/clock.js';
import {
  type Coverage,
  type Facet,
  type FacetName,
  type HostQuery,
  type ImageFilter,
  type ImageQuery,
  type Match,
  asksForContent,
  asksForHost,
} from '../model/catalog-query.js';
import { type ChangeSet } from '../model/change-set.js';
import { newWord } from '../model/new-words.js';
import { isListUnread, notSynced, type SyncState } from '../model/sync-state.js';
import { namesNothing, type CatalogPurges, type PurgedNames } from '../model/purged-names.js';
import type { ContentDocument, ImageDocument, RegistryRecord } from '../model/documents.js';
import type {
  CatalogStore,
  HostedImage,
  HostPage,
  ImagePage,
  MatchingHost,
  MatchingImage,
  PurgeState,
  WholeImage,
} from '../model/reader.js';
import { contentOf, documentOf, wholeOf } from './documents/row-documents.js';
import type { Row } from './documents/rows.js';
import { ShownImages } from './documents/shown-images.js';
import { History } from './history.js';
import { Matches } from './matches.js';
import { askFacets } from './queries/facets.js';
import { askAll, askHosts, askImages, conditionsOnImages } from './queries/questions.js';
import { RelatedRows } from './related-rows.js';
import { Slices } from './slices.js';
import { streamHosts, streamImages } from './streams.js';

export interface CatalogIndexOptions {
  clock: Clock;
  /** Memory for the tables. The documents are not part of it. */
  memoryMiB?: number;
  /** The purges that answers contain at once, before the newest version does. */
  purges?: CatalogPurges;
}

const defaultMemoryMiB = 512;
/** Facets that are kept after counting: one view of a page asks for the same facets again and again. */
const mostFacets = 200;

/**
 * The catalog in memory: documents as deflated bytes, and DuckDB tables for questions about all images. The replica
 * of the log hands over change sets and snapshots; the routes ask. The index never calls HSS or Redis.
 *
 * A change set's way from here: `apply` puts steps in order. `History` derives each changed image, packs its
 * document into a block (documents/) and lets the functions of tables/ write its rows through a `TableWriter`, in
 * one transaction. Words that many rows share become numbers (words/). After the commit the new rows are published
 * and `Versions` advances. A question holds a version, finds row numbers by SQL (queries/), and unpacks the
 * documents of these rows.
 */
export class CatalogIndex implements CatalogStore, WordSource {
  epoch: string = randomUUID();
  changedAt = 0;
  sync: SyncState = notSynced;
  /** Ends when the last write ends: steps, loads and snapshots come one after the other. */
  #writing: Promise<unknown> = Promise.resolve();
  readonly #shown: ShownImages;
  #stopTidying: () => void = () => undefined;
  readonly #facets = new LRUCache<string, Promise<Record<string, Facet>>>({ max: mostFacets });

  private constructor(
    private readonly options: CatalogIndexOptions,
    private history: History,
  ) {
    this.#shown = new ShownImages(options.clock);
  }

  static async open(options: CatalogIndexOptions): Promise<CatalogIndex> {
    const history = await History.open(options.clock, options.memoryMiB ?? defaultMemoryMiB, 0);
    return new CatalogIndex(options, history);
  }

  get version(): number {
    return this.history.versions.newest;
  }

  get purges(): PurgeState {
    const { registry, local } = this.sync;
    const pending = this.#pending;
    return {
      known: this.options.purges?.generation ?? 0,
      isPending: pending !== undefined,
      hasUnreadList: isListUnread(registry) || isListUnread(local) || (pending?.lists.size ?? 0) > 0,
    };
  }

  readonly #passing = (row: Row) => this.#shown.passing(row, this.#pending);

  /** What was purged since the newest version. */
  get #pending(): PurgedNames | undefined {
    const names = this.options.purges?.pending(this.sync);
    return names && !namesNothing(names) ? names : undefined;
  }

  coverage(): Coverage {
    return this.history.rows.coverage;
  }

  keysOf(id: string): string[] {
    return this.history.rows.known(id);
  }

  keysNamed(name: { registryName?: string; namespace?: string; name: string; tag?: string }): string[] {
    return this.history.rows.named(name);
  }

  hasNewWord(field: WordField, word: string): boolean {
    return this.history.rows.hasNewWord(newWord(field, word));
  }

  registryNames(): string[] {
    return this.history.rows.registryNames;
  }

  whole(key: string): WholeImage | undefined {
    const row = this.history.rows.newest(key);
    return row && wholeOf(row, this, this.#pending);
  }

  document(key: string): ImageDocument | undefined {
    const row = this.history.rows.newest(key);
    return row && documentOf(row);
  }

  readAt(key: string, record: RegistryRecord): number {
    return this.history.reads.of(key, record);
  }

  content(key: string): ContentDocument | undefined {
    const row = this.history.rows.newest(key);
    return row?.content && contentOf(row.content);
  }

  async images(query: ImageQuery): Promise<ImagePage> {
    const isOnContent = asksForContent(query.filter);
    return this.#holding(query.version, async (history) => {
      const terms = await history.terms(query.version, asksForHost(query.filter));
      const { nums, last, known, open } = await askImages(history.engine, terms, query);
      const matches = new Matches(query.filter, terms.joinedHosts);
      const items = await this.#shown.all(history.rows.at(nums), matches.image, this.#pending);
      return {
        items,
        total: query.match === 'known' ? known : open,
        unknown: isOnContent ? open : null,
        last,
      };
    });
  }

  async hosts(query: HostQuery): Promise<HostPage> {
    return this.#holding(query.version, async (history) => {
      const terms = await history.terms(query.version, true);
      // Hosts can name an architecture in the place of the asked image, and the other way round.
      const ids = new RelatedRows(history.rows, query.version);
      const { hosts, total, pairs, open } = await askHosts(history.engine, { ...terms, ids }, query);
      const matches = new Matches(query.filter, terms.joinedHosts, ids);
      // Many hosts have the same images.
      const nums = [...new Set(hosts.flatMap(({ images }) => images.map(({ num }) => num)))];
      const shown = await this.#shown.all(history.rows.at(nums), matches.withFiles, this.#pending);
      const images = new Map(nums.map((num, at) => [num, shown[at]]));
      const slices = new Slices(this.options.clock);
      const items: MatchingHost[] = [];
      for (const host of hosts) {
        items.push(matches.host(host, history.vocabulary.hosts.textOf(host.host), images));
        if (slices.isOver) await slices.next();
      }
      return { items, total, pairs, unknown: asksForContent(query.filter) ? open : null };
    });
  }

  async facets(
    filter: ImageFilter,
    names: readonly FacetName[],
    version: number,
  ): Promise<Record<string, Facet>> {
    const conditions = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([this.epoch, version, names, conditions]);
    return this.#holding(version, async (history) => {
      const ask = async () => {
        const terms = await history.terms(version, asksForHost(filter));
        return askFacets(history.engine, terms, filter, names, version);
      };
      const counted = this.#facets.get(key) ?? ask();
      this.#facets.set(key, counted);
      return counted.catch((error: unknown) => {
        this.#facets.delete(key);
        throw error;
      });
    });
  }

  /**
   * Keeps the rows, not the version: a consumer that stops reading keeps only these rows in memory, and no write
   * waits.
   */
  async *stream(filter: ImageFilter, match: Match, version: number): AsyncIterable<MatchingImage[]> {
    const { rows, joinedHosts } = await this.#allRows(filter, match, version);
    const matches = new Matches(filter, joinedHosts);
    yield* streamImages(rows, matches, this.#passing, new Slices(this.options.clock));
  }

  async *streamHosts(filter: ImageFilter, version: number): AsyncIterable<HostedImage[]> {
    const { rows, joinedHosts } = await this.#allRows(conditionsOnImages(filter), 'known', version, true);
    const matches = new Matches(filter, joinedHosts);
    yield* streamHosts(rows, matches, this.#passing, new Slices(this.options.clock));
  }

  apply(changes: ChangeSet): Promise<void> {
    return this.#inTurn(async () => {
      const { history } = this;
      if (changes.version !== this.version + 1)
        throw new RangeError(`Version ${changes.version} cannot follow version ${this.version}`);
      const publish = await history.write(changes, changes.version);
      publish();
      for (const row of history.forgetPurged(changes.purged ?? [])) this.#shown.forget(row);
      history.versions.advance();
      this.changedAt = changes.at;
      this.sync = changes.sync;
      history.reads.apply(changes);
      this.#tidyLater();
    });
  }

  load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    last: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const { clock, memoryMiB = defaultMemoryMiB } = this.options;
      const history = await History.open(clock, memoryMiB, last.version);
      try {
        await history.load(snapshot, last.version);
      } catch (error) {
        await history.engine.close();
        throw error;
      }
      const before = this.history;
      this.history = history;
      this.epoch = epoch;
      this.changedAt = last.at;
      this.sync = last.sync;
      this.#tidyLater();
      await before.engine.close();
    });
  }

  async *snapshot(): AsyncGenerator<Buffer> {
    let done: () => void = () => undefined;
    const turn = new Promise<void>((begun) => {
      void this.#inTurn(() => {
        begun();
        return new Promise<void>((resolve) => (done = resolve));
      });
    });
    try {
      await turn;
      yield* this.history.snapshot();
    } finally {
      done();
    }
  }

  beginEpoch(epoch: string): void {
    this.epoch = epoch;
  }

  async *documents(): AsyncIterable<{ image: ImageDocument; content: ContentDocument | undefined }[]> {
    const { history } = this;
    const slices = new Slices(this.options.clock);
    let batch: { image: ImageDocument; content: ContentDocument | undefined }[] = [];
    for (const row of [...history.rows.all()]) {
      batch.push({ image: documentOf(row), content: row.content && contentOf(row.content) });
      if (!slices.isOver) continue;
      yield batch;
      batch = [];
      await slices.next();
    }
    if (batch.length > 0) yield batch;
  }

  /** Waits for the step that is being written. */
  close(): Promise<void> {
    return this.#inTurn(() => {
      this.#stopTidying();
      return this.history.engine.close();
    });
  }

  /** Tidies when the oldest version has been kept long enough. */
  #tidyLater(): void {
    this.#stopTidying();
    const delayMs = this.history.versions.untilNextExpiry();
    if (delayMs === undefined) return;
    this.#stopTidying = this.options.clock.after(delayMs, () => {
      // After a failure the tables stay as they are until the next time.
      this.#inTurn(() => this.history.tidy()).then(
        () => this.#tidyLater(),
        () => this.#tidyLater(),
      );
    });
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(action);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #allRows(filter: ImageFilter, match: Match, version: number, withRelatives = false) {
    return this.#holding(version, async (history) => {
      const terms = await history.terms(version, true);
      const ids = withRelatives ? new RelatedRows(history.rows, version) : terms.ids;
      const nums = await askAll(history.engine, { ...terms, ids }, filter, match, version);
      const rows = history.rows.at(nums);
      return { rows, joinedHosts: terms.joinedHosts };
    });
  }

  async #holding<T>(version: number, ask: (history: History) => Promise<T>): Promise<T> {
    const { history } = this;
    const release = history.versions.hold(version);
    try {
      return await ask(history);
    } finally {
      release();
    }
  }
}
