import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Namespaces } from '../../domain/namespaces.js';
import type { WordField } from '../../domain/words.js';
import type { WordSource } from '../../endpoints/lists/words-in-use.js';
import type { Clock } from '../../time/clock.js';
import { serviceItself, type Asker } from '../model/asker.js';
import {
  asksForHost,
  type Coverage,
  type Facet,
  type FacetName,
  type HostQuery,
  type ImageFilter,
  type ImageQuery,
  type Match,
} from '../model/catalog-query.js';
import type { ContentDocument, ImageDocument, RegistryRecord } from '../model/documents.js';
import { newWord, newWordsOf } from '../model/new-words.js';
import { namesNothing, type CatalogPurges, type PurgedNames } from '../model/purged-names.js';
import type {
  CatalogState,
  HostedImage,
  HostPage,
  ImagePage,
  MatchingImage,
  PurgeState,
  SeenImages,
  WholeImage,
} from '../model/reader.js';
import { seenDocument } from '../model/seen.js';
import { isListUnread, notSynced, type SyncState } from '../model/sync-state.js';
import { allRows, pageOfHosts, pageOfImages, type View } from './answers.js';
import { isSeen } from './documents/image-places.js';
import { contentOf, documentOf, wholeOf } from './documents/row-documents.js';
import type { Row } from './documents/row.js';
import { ShownImages } from './documents/shown-images.js';
import type { History } from './history.js';
import { Matches } from './matches.js';
import { askFacets } from './queries/facets.js';
import { conditionsOnImages } from './queries/questions.js';
import { RelatedRows } from './related-rows.js';
import { Slices } from './slices.js';
import { streamHosts, streamImages } from './streams.js';
import type { TableReader } from './tables/engine.js';

export interface CatalogIndexOptions {
  clock: Clock;
  /** Memory for the tables. The documents are not part of it. */
  memoryMiB?: number;
  /** The purges that answers contain at once, before the newest version does. */
  purges?: CatalogPurges;
}

/** Facets that are kept after counting: one view of a page asks for the same facets again and again. */
const mostFacets = 200;

/**
 * What the index answers: images by their keys, and questions about all images. A question holds a version, finds row
 * numbers by SQL (queries/), and unpacks the documents of these rows. CatalogIndex writes what is read here.
 */
export abstract class IndexReader implements WordSource {
  epoch: string = randomUUID();
  changedAt = 0;
  sync: SyncState = notSynced;
  protected readonly shown = new ShownImages();
  readonly #facets = new LRUCache<string, Record<string, Facet>>({ max: mostFacets });

  protected constructor(
    protected readonly options: CatalogIndexOptions,
    protected history: History,
  ) {}

  get version(): number {
    return this.history.versions.newest;
  }

  get dataVersion(): number {
    return this.history.versions.newestData;
  }

  stateOf(version: number): CatalogState {
    return this.history.versions.stateOf(version, this);
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

  /** A purge counts if it came before the moment at which the image is read. */
  readonly #passing = (namespaces: Namespaces | null) => (row: Row) =>
    this.shown.passing(row, { namespaces, purged: this.#pending });

  /** What was purged since the newest version. */
  get #pending(): PurgedNames | undefined {
    const names = this.options.purges?.pending(this.sync);
    return names && !namesNothing(names) ? names : undefined;
  }

  seenBy(namespaces: Namespaces | null): SeenImages {
    if (namespaces === null) return this;
    const kept = () => this.history.rows.views.of(namespaces);
    return {
      get dataVersion() {
        return kept().changes.at(-1) ?? 0;
      },
      stateOf: (version) => {
        const next = kept().changes.find((change) => change > version);
        return this.stateOf(next === undefined ? Math.max(version, this.version) : next - 1);
      },
      coverage: () => structuredClone(kept().coverage),
      keysOf: (id) => this.history.rows.known(id, namespaces),
      keysNamed: (name) => this.history.rows.named(name, namespaces),
      registryNames: () => [...kept().registries.keys()],
      whole: (key) => this.#wholeFor(key, namespaces),
      document: (key) => {
        const document = this.document(key);
        return document && seenDocument(document, namespaces);
      },
      hasNewWord: (field, word) => this.#hasSeenWord(newWord(field, word), namespaces),
    };
  }

  coverage(): Coverage {
    return this.history.rows.coverage;
  }

  keysOf(id: string): string[] {
    return this.history.rows.known(id, null);
  }

  keysNamed(name: { registryName?: string; namespace?: string; name: string; tag?: string }): string[] {
    return this.history.rows.named(name, null);
  }

  hasNewWord(field: WordField, word: string): boolean {
    return this.history.rows.hasNewWord(newWord(field, word));
  }

  registryNames(): string[] {
    return this.history.rows.registryNames;
  }

  whole(key: string): WholeImage | undefined {
    return this.#wholeFor(key, null);
  }

  #wholeFor(key: string, namespaces: Namespaces | null): WholeImage | undefined {
    const row = this.history.rows.newest(key);
    if (!row || (namespaces && !isSeen(row.places, namespaces))) return undefined;
    return wholeOf(row, this.seenBy(namespaces), namespaces, this.#pending);
  }

  /** Nearly no image has a word that this release does not know. */
  #hasSeenWord(word: string, namespaces: Namespaces): boolean {
    if (!this.history.rows.hasNewWord(word)) return false;
    return [...this.history.rows.all()].some((row) => {
      if (!row.newWords.includes(word) || !isSeen(row.places, namespaces)) return false;
      const document = seenDocument(documentOf(row), namespaces);
      return document !== undefined && newWordsOf(document).includes(word);
    });
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

  async images(query: ImageQuery, asker: Asker = serviceItself): Promise<ImagePage> {
    return this.#asking(query.version, asker, (history, tables) =>
      pageOfImages(history, tables, query, this.#view(asker)),
    );
  }

  async hosts(query: HostQuery, asker: Asker = serviceItself): Promise<HostPage> {
    return this.#asking(query.version, asker, (history, tables) =>
      pageOfHosts(history, tables, query, this.#view(asker)),
    );
  }

  async facets(
    filter: ImageFilter,
    names: readonly FacetName[],
    version: number,
    asker: Asker = serviceItself,
  ): Promise<Record<string, Facet>> {
    const conditions = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1));
    const { namespaces } = asker;
    const key = JSON.stringify([this.epoch, version, names, conditions, namespaces?.texts]);
    return this.#asking(version, asker, async (history, tables) => {
      const known = this.#facets.get(key);
      if (known) return known;
      const slices = this.#slices(asker);
      const terms = await history.terms.of(
        tables,
        { filter, version },
        asksForHost(filter),
        namespaces,
        slices,
      );
      const counted = await askFacets(tables, terms, filter, names, version);
      this.#facets.set(key, counted);
      return counted;
    });
  }

  /**
   * Keeps the rows, not the version: a consumer that stops reading keeps only these rows in memory, and no write
   * waits.
   */
  async stream(
    filter: ImageFilter,
    match: Match,
    version: number,
    asker: Asker = serviceItself,
  ): Promise<AsyncIterable<MatchingImage[]>> {
    const { rows, joinedHosts } = await this.#asking(version, asker, (history, tables) =>
      allRows(history, tables, { filter, match, version }, asker.namespaces, this.#slices(asker)),
    );
    const matches = new Matches(filter, joinedHosts);
    return streamImages(rows, matches, this.#passing(asker.namespaces), new Slices(this.options.clock));
  }

  async streamHosts(
    filter: ImageFilter,
    version: number,
    asker: Asker = serviceItself,
  ): Promise<AsyncIterable<HostedImage[]>> {
    const { namespaces } = asker;
    const query = { filter: conditionsOnImages(filter), match: 'known', version } as const;
    const { rows, joinedHosts } = await this.#asking(version, asker, (history, tables) =>
      allRows(
        history,
        tables,
        query,
        namespaces,
        this.#slices(asker),
        new RelatedRows(history.rows, version, namespaces),
      ),
    );
    const matches = new Matches(filter, joinedHosts);
    return streamHosts(rows, matches, this.#passing(namespaces), new Slices(this.options.clock));
  }

  async *documents(): AsyncIterable<{ image: ImageDocument; content: ContentDocument | undefined }[]> {
    const { history } = this;
    const slices = new Slices(this.options.clock);
    let batch: { image: ImageDocument; content: ContentDocument | undefined }[] = [];
    for (const { key } of [...history.rows.all()]) {
      // A step can have come since: whoever learns its images must not see their former state afterwards.
      const row = history.rows.newest(key);
      if (!row) continue;
      batch.push({ image: documentOf(row), content: row.content && contentOf(row.content) });
      if (!slices.isOver) continue;
      yield batch;
      batch = [];
      await slices.next();
    }
    if (batch.length > 0) yield batch;
  }

  /** The images as answers show them now. */
  #view(asker: Asker): View {
    const showing = { namespaces: asker.namespaces, purged: this.#pending };
    return { shown: this.shown, showing, slices: this.#slices(asker) };
  }

  #slices({ deadline }: Asker): Slices {
    return new Slices(this.options.clock, deadline.signal);
  }

  async #asking<T>(
    version: number,
    asker: Asker,
    ask: (history: History, tables: TableReader) => Promise<T>,
  ): Promise<T> {
    const { history } = this;
    const release = history.versions.hold(version);
    try {
      return await ask(history, history.engine.readerFor(asker));
    } finally {
      release();
    }
  }
}
