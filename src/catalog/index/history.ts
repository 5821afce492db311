import type { Clock } from '../../time/clock.js';
import type { ChangeSet } from '../model/change-set.js';
import { contentSource } from '../model/content-source.js';
import { isCurrent } from '../model/content-state.js';
import { derive } from '../model/derive.js';
import type { ContentDocument, ImageDocument } from '../model/documents.js';
import { cluster, compact, isWorthCompacting } from './tables/compaction.js';
import { settleWords, undoWords, writeContent, writeWords } from './tables/content-rows.js';
import { documentsPerBlock, pack, type Packed } from './documents/document-store.js';
import { Engine } from './tables/engine.js';
import { FileWords } from './words/file-words.js';
import { NamedHosts } from './words/named-hosts.js';
import { imageNamesOf, sharing, writeImage, type Vocabulary } from './tables/image-row.js';
import { documentOf } from './documents/row-documents.js';
import { Rows, idsOf, type Row, type StoredContent } from './documents/rows.js';
import { schema } from './tables/schema.js';
import { slim } from './documents/slim-document.js';
import { Slices } from './slices.js';
import { snapshotFormat } from './snapshot/format.js';
import { documentsIn, restore } from './snapshot/read-snapshot.js';
import { readSection } from './snapshot/section.js';
import { writeSnapshot } from './snapshot/write-snapshot.js';
import { TableWriter } from './tables/table-writer.js';
import { Versions } from './versions.js';
import { Words } from './words/words.js';

/** As many as a merged answer shows unless more are asked for. */
const filesInSummary = 10;

/** What one step writes. */
export type Step = Pick<ChangeSet, 'images' | 'gone' | 'contents'>;

/**
 * One history of the catalog: its tables, its documents and the versions that can be asked. Written by one step after
 * the other; a reader sees a step as a whole or not at all, since the tables are written in a transaction and the rest
 * follows in one go of the event loop.
 */
export class History {
  readonly rows = new Rows();
  readonly words: Vocabulary = {
    severity: new Words(),
    scanStatus: new Words(),
    names: new Words(),
    hosts: new Words(),
    labels: new NamedHosts(),
    baseOs: new Words(),
    baseOsShown: new Words(),
    combinations: new Words(),
    files: new FileWords(),
  };
  /** Rows of the tables that nobody can ask for any more. */
  #dead = 0;
  #lastNum = 0;
  #lastContent = 0;

  private constructor(
    private readonly clock: Clock,
    readonly engine: Engine,
    readonly versions: Versions,
  ) {}

  static async open(clock: Clock, memoryMiB: number, version: number): Promise<History> {
    return new History(clock, await Engine.open(memoryMiB, schema), new Versions(clock, version));
  }

  /** The version stays what it is: `advance` says that the step is done. */
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
        };
      } catch (error) {
        await writer.rollback().catch(() => undefined);
        undoWords(this.words);
        throw error;
      }
    });
  }

  /** All at once, in one transaction: nobody reads a history before it is whole. It is of no use if this fails. */
  async load(snapshot: AsyncIterable<Buffer>, version: number): Promise<void> {
    await this.engine.guarded(async () => {
      const writer = await TableWriter.begin(this.engine.writer);
      const into = { rows: this.rows, words: this.words, writer, slices: new Slices(this.clock) };
      let isReady = true;
      for await (const section of snapshot) {
        const { header, body } = readSection(section);
        if (header.kind === 'form') isReady = header.form === snapshotFormat;
        else if (isReady) await restore(header, body, into);
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
      if (!isReady) await cluster(this.engine);
    });
  }

  /** Must not run beside a write. */
  snapshot(): AsyncGenerator<Buffer> {
    const { rows, words, engine } = this;
    return writeSnapshot({ rows, words, connection: engine.writer }, new Slices(this.clock));
  }

  async #commit(writer: TableWriter, ended: readonly number[], version: number): Promise<void> {
    writeWords(writer, this.words);
    await writer.commit(ended, version);
    settleWords(this.words);
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
        const place = packed[index];
        if (place) added.push(this.#writeRow(document, place, content, stored, version, writer));
        if (slices.isOver) await slices.next();
      }
    }
    return { added, ended };
  }

  #storeContent(content: ContentDocument, writer: TableWriter): StoredContent {
    const state = writeContent(writer, this.words, (this.#lastContent += 1), content);
    const { files } = content;
    const rows = files?.rows ?? [];
    const [summary] = pack([
      { ...content, files: files && { ...files, rows: rows.slice(0, filesInSummary) } },
    ]);
    const [further] = rows.length > filesInSummary ? pack([rows.slice(filesInSummary)]) : [];
    if (!summary) throw new Error('Nothing was packed');
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
    // Of content only its state counts in a row.
    const image = derive(document, content);
    const places = imageNamesOf(document);
    const num = (this.#lastNum += 1);
    const source = contentSource(document);
    // Hosts scan their copies on their own: HSS tells the content of what the registry scanned.
    const scan = source?.scan ?? image.scan;
    writeImage(writer, this.words, { num, since, document, image, places, scan }, stored?.state);
    return {
      // No spreads: each would give the engine a shape of its own to keep.
      num,
      key: document.key,
      block: packed.block,
      at: packed.at,
      content: stored,
      // The same few words in a hundred thousand rows.
      places: places.map((place) => sharing(place, this.words.names)),
      ids: idsOf(document),
      until: Infinity,
      isAsked: source !== null,
      knowsOs: isCurrent(stored?.state.baseOs ?? null, scan),
      knowsFiles: isCurrent(stored?.state.files ?? null, scan),
    };
  }

  /** Drops what no version that can be asked still holds. Must not run beside a write. */
  async tidy(): Promise<void> {
    const needed = this.versions.needed();
    this.#dead += this.rows.drop(needed);
    if (!isWorthCompacting(this.#dead, this.rows.size)) return;
    await compact(this.engine, this.words, needed);
    this.#dead = 0;
  }
}
