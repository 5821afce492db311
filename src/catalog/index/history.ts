import { LRUCache } from 'lru-cache';
import type { Namespaces } from '../../domain/namespaces.js';
import type { Clock } from '../../time/clock.js';
import type { ChangeSet } from '../model/change-set.js';
import { contentOutlooks, coverageOf } from '../model/content-outlook.js';
import { derive } from '../model/derive.js';
import { newWordsOf } from '../model/new-words.js';
import type { ContentDocument, ImageDocument } from '../model/documents.js';
import { documentsPerBlock, pack, repack, type Packed } from './documents/document-store.js';
import { imageNamesOf, withSharedTexts } from './documents/image-names.js';
import { documentOf } from './documents/row-documents.js';
import { idsOf, placesOf, type ImagePlace, type RowPlace } from './documents/image-places.js';
import { Rows, type Row } from './documents/rows.js';
import { slim } from './documents/slim-document.js';
import type { StoredContent } from './documents/stored-content.js';
import type { Terms } from './queries/filter-sql.js';
import { askJoinedHosts, JoinedHosts } from './queries/joined-hosts.js';
import type { SeenPlaces } from './queries/seen-sql.js';
import { ReadTimes } from './read-times.js';
import { Slices } from './slices.js';
import { snapshotFormat } from './snapshot/format.js';
import { documentsIn, restore } from './snapshot/read-snapshot.js';
import { readSection } from './snapshot/section.js';
import { writeSnapshot } from './snapshot/write-snapshot.js';
import { compact, isWorthCompacting, sortFiles } from './tables/compaction.js';
import { writeContent, writeWords } from './tables/content-rows.js';
import { Engine, type TableReader } from './tables/engine.js';
import { writeImage } from './tables/image-row.js';
import { writePlaces } from './tables/place-rows.js';
import { schema } from './tables/schema.js';
import { TableWriter } from './tables/table-writer.js';
import { Versions } from './versions.js';
import { SharedTexts } from './words/shared-texts.js';
import { Vocabulary } from './words/vocabulary.js';

/** A merged answer shows this many files unless the caller asks for more. */
const filesInSummary = 10;

/** Pages of one walk ask for the same version again and again. */
const mostJoinedHosts = 20;

/** The documents that one step writes. */
export type Step = Pick<ChangeSet, 'images' | 'gone' | 'contents'>;

/**
 * One history of the catalog: the tables, the documents, and the versions that a query can use. CatalogIndex writes
 * the history step by step, and runs queries on it. A reader sees a step as a whole or not at all: the tables are
 * written in a transaction, and the rest follows in one turn of the event loop.
 */
export class History {
  readonly rows = new Rows();
  readonly vocabulary = new Vocabulary();
  readonly reads = new ReadTimes();
  readonly #texts = new SharedTexts();
  /** The joined hosts of the latest versions that a query named, by version and namespaces. */
  readonly #joinedHosts = new LRUCache<string, JoinedHosts>({ max: mostJoinedHosts });
  /** The number of rows in the table `images` that no query can use any more. */
  #dead = 0;
  #lastNum = 0;
  #lastContent = 0;

  private constructor(
    private readonly clock: Clock,
    readonly engine: Engine,
    readonly versions: Versions,
  ) {}

  /** @param dataSince the first version with the data of this version. */
  static async open(clock: Clock, memoryMiB: number, version: number, dataSince = version): Promise<History> {
    const engine = await Engine.open(memoryMiB, schema, clock);
    return new History(clock, engine, new Versions(clock, version, dataSince));
  }

  /** Writes the tables. @returns a function that publishes the rows; the caller then calls `versions.advance`. */
  async write(step: Step, version: number): Promise<() => void> {
    return this.engine.guarded(async () => {
      const writer = await TableWriter.begin(this.engine.writer);
      try {
        const staged = await this.#stage(step, version, writer);
        const nums = [...staged.ended].map(({ num }) => num);
        await this.#commit(writer, nums, version);
        return () => {
          for (const row of staged.ended) this.rows.end(row, version);
          for (const row of staged.added) this.rows.add(row);
          this.rows.noteChanges(byKey(staged.ended), byKey(staged.added), version);
        };
      } catch (error) {
        await writer.rollback().catch(() => undefined);
        this.vocabulary.undo();
        throw error;
      }
    });
  }

  /**
   * Drops the former documents of purged images. Earlier versions show the newest documents of these images. A block
   * also holds documents of other images: these documents move to new blocks.
   * @returns the rows whose documents have changed.
   */
  forgetPurged(keys: readonly string[]): Row[] {
    if (keys.length === 0) return [];
    const purged = new Set(keys);
    const former = [...this.rows.former()].filter(({ key }) => purged.has(key));
    const blocks = new Set(former.map(({ block }) => block));
    for (const row of former) {
      const newest = this.rows.newest(row.key);
      if (newest) Object.assign(row, { block: newest.block, at: newest.at, content: newest.content });
    }
    for (const row of this.rows.everyRow()) if (blocks.has(row.block)) Object.assign(row, repack(row));
    return former;
  }

  /**
   * Fills a new history in one transaction. No query reads the history before the transaction ends. After a failure
   * the history cannot be used.
   */
  async load(snapshot: AsyncIterable<Buffer>, version: number): Promise<void> {
    await this.engine.guarded(async () => {
      const writer = await TableWriter.begin(this.engine.writer);
      const into = {
        rows: this.rows,
        vocabulary: this.vocabulary,
        texts: this.#texts,
        writer,
        slices: new Slices(this.clock),
      };
      let isOwnFormat = true;
      for await (const section of snapshot) {
        const { header, body } = readSection(section);
        if (header.kind === 'form') isOwnFormat = header.form === snapshotFormat;
        else if (header.kind === 'reads') this.reads.restore(header.reads);
        else if (isOwnFormat) await restore(header, body, into);
        else if (header.kind === 'rows') {
          const { added } = await this.#stage({ ...documentsIn(header, body), gone: [] }, version, writer);
          for (const row of added) this.rows.add(row);
        }
      }
      await this.#commit(writer, [], version);
      for (const { num, content } of this.rows.all()) {
        this.#lastNum = Math.max(this.#lastNum, num);
        this.#lastContent = Math.max(this.#lastContent, content?.state.num ?? 0);
      }
      if (!isOwnFormat) await sortFiles(this.engine);
    });
  }

  /**
   * The terms of a question about a version, which the caller holds. `asksForHost`: the question is about hosts.
   * @param namespaces those that the asker sees. Null: all.
   */
  async terms(
    tables: TableReader,
    version: number,
    asksForHost: boolean,
    namespaces: Namespaces | null,
  ): Promise<Terms> {
    const { vocabulary, rows } = this;
    const seen = namespaces && vocabulary.combinations.placesSeen(namespaces);
    const joinedHosts = asksForHost
      ? await this.#joinedHostsOf(tables, version, seen, namespaces)
      : new JoinedHosts([], vocabulary);
    return { vocabulary, ids: rows.idsFor(namespaces), joinedHosts, seen };
  }

  async #joinedHostsOf(
    tables: TableReader,
    version: number,
    seen: SeenPlaces,
    namespaces: Namespaces | null,
  ): Promise<JoinedHosts> {
    const key = `${version} ${namespaces?.key ?? ''}`;
    const known = this.#joinedHosts.get(key);
    if (known) return known;
    const joined = await askJoinedHosts(tables, this.vocabulary, version, seen);
    this.#joinedHosts.set(key, joined);
    return joined;
  }

  /** Must not run beside a write. */
  snapshot(): AsyncGenerator<Buffer> {
    const { rows, vocabulary, reads, engine } = this;
    return writeSnapshot({ rows, vocabulary, reads, connection: engine.writer }, new Slices(this.clock));
  }

  async #commit(writer: TableWriter, ended: readonly number[], version: number): Promise<void> {
    writeWords(writer, this.vocabulary);
    await writer.commit(ended, version);
    this.vocabulary.settle();
  }

  async #stage(step: Step, version: number, writer: TableWriter): Promise<{ added: Row[]; ended: Set<Row> }> {
    const slices = new Slices(this.clock);
    const images = new Map(step.images.map((image) => [image.key, image]));
    const contents = new Map(step.contents.map((content) => [content.key, content]));
    const gone = new Set(step.gone);
    const added: Row[] = [];
    const ended = new Set<Row>();
    const end = (key: string) => {
      const row = this.rows.newest(key);
      if (row) ended.add(row);
      return row;
    };
    for (const key of gone) end(key);
    const keys = [...new Set([...images.keys(), ...contents.keys()])];
    for (let from = 0; from < keys.length; from += documentsPerBlock) {
      const group = keys.slice(from, from + documentsPerBlock).flatMap((key) => {
        const before = end(key);
        const document = images.get(key) ?? (before && !gone.has(key) ? documentOf(before) : undefined);
        if (!document) return [];
        return [{ document, content: contents.get(key), kept: gone.has(key) ? undefined : before?.content }];
      });
      const packed = pack(group.map(({ document }) => slim(document)));
      for (const [index, { document, content, kept }] of group.entries()) {
        const stored = content ? this.#storeContent(content, writer) : kept;
        const inBlock = packed[index];
        if (inBlock) added.push(this.#writeRow(document, inBlock, content, stored, version, writer));
        if (slices.isOver) await slices.next();
      }
    }
    return { added, ended };
  }

  #storeContent(content: ContentDocument, writer: TableWriter): StoredContent {
    const state = writeContent(writer, this.vocabulary, (this.#lastContent += 1), content);
    const { files } = content;
    const rows = files?.rows ?? [];
    const [summary] = pack([
      { ...content, files: files && { ...files, rows: rows.slice(0, filesInSummary) } },
    ]);
    const [further] = rows.length > filesInSummary ? pack([rows.slice(filesInSummary)]) : [];
    if (!summary) throw new Error('The content was not packed');
    return { state, summary, fileCount: rows.length, files: further ?? null };
  }

  #writeRow(
    document: ImageDocument,
    packed: Packed,
    content: ContentDocument | undefined,
    stored: StoredContent | undefined,
    since: number,
    writer: TableWriter,
  ): Row {
    // A row needs only the state of the content.
    const image = derive(document, content);
    const imageNames = imageNamesOf(document).map((imageName) => withSharedTexts(imageName, this.#texts));
    const num = (this.#lastNum += 1);
    const outlooks = contentOutlooks(document, image.scan, stored?.state);
    writeImage(writer, this.vocabulary, { num, since, document, image, imageNames, outlooks }, stored?.state);
    const places = placesOf(document, stored?.state);
    writePlaces(writer, this.vocabulary, { num, key: document.key }, places);
    const ids = idsOf(document);
    return {
      // No spreads here: with each spread the JavaScript engine would keep one more object shape.
      num,
      key: document.key,
      block: packed.block,
      at: packed.at,
      content: stored,
      imageNames,
      ids,
      newWords: newWordsOf(document),
      since,
      until: Infinity,
      baseOs: coverageOf(document, outlooks.baseOs),
      files: coverageOf(document, outlooks.files),
      places: places.map((place) => this.#kept(place, ids)),
    };
  }

  /** Mostly all places tell the same ids, and share their list. */
  #kept(
    { registryName, namespace, ids, baseOs, files, sourceOrder, state }: ImagePlace,
    idsOfRow: string[],
  ): RowPlace {
    return {
      registryName: this.#texts.of(registryName),
      namespace: this.#texts.of(namespace),
      ids: ids.length === idsOfRow.length ? idsOfRow : ids,
      sourceOrder,
      baseOs,
      files,
      state,
    };
  }

  /** Drops the rows that belong only to versions that no query can use any more. Must not run beside a write. */
  async tidy(): Promise<void> {
    const needed = this.versions.needed();
    this.#dead += this.rows.drop(needed);
    if (!isWorthCompacting(this.#dead, this.rows.size)) return;
    await compact(this.engine, this.vocabulary, needed);
    this.#texts.clear();
    this.#dead = 0;
  }
}

function byKey(rows: Iterable<Row>): Map<string, Row> {
  return new Map([...rows].map((row) => [row.key, row]));
}
