import type { Clock } from '../../resilience/clock.js';
import type { ChangeSet } from '../model/change-set.js';
import { contentSource } from '../model/content-source.js';
import { isCurrent } from '../model/content-state.js';
import { derive } from '../model/derive.js';
import type { ContentDocument, ImageDocument } from '../model/documents.js';
import { compact, isWorthCompacting } from './compaction.js';
import { writeContent, writeWords } from './content-rows.js';
import { documentsPerBlock, pack, type Packed } from './document-store.js';
import { Engine } from './engine.js';
import { FileWords } from './file-words.js';
import { HostLabels } from './host-labels.js';
import { placesOf, sharing, writeImage, type Vocabulary } from './image-row.js';
import { Rows, documentOf, idsOf, type Row, type StoredContent } from './rows.js';
import { schema } from './schema.js';
import { Slices } from './slices.js';
import { TableWriter } from './table-writer.js';
import { Versions } from './versions.js';
import { Words } from './words.js';

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
    labels: new HostLabels(),
    baseOs: new Words(),
    baseOsShown: new Words(),
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
        for (const words of [this.words.files, this.words.hosts]) words.undo();
        throw error;
      }
    });
  }

  /** All at once, in one transaction: nobody reads a history before it is whole. It is of no use if this fails. */
  async fill(steps: AsyncIterable<Step>, version: number): Promise<void> {
    await this.engine.guarded(async () => {
      const writer = await TableWriter.begin(this.engine.writer);
      const nums: number[] = [];
      for await (const step of steps) {
        const { ended, added } = await this.#stage(step, version, writer);
        for (const row of ended) {
          this.rows.end(row, version);
          nums.push(row.num);
        }
        for (const row of added) this.rows.add(row);
      }
      await this.#commit(writer, nums, version);
    });
  }

  async #commit(writer: TableWriter, ended: readonly number[], version: number): Promise<void> {
    writeWords(writer, this.words);
    await writer.commit(ended, version);
    for (const words of [this.words.files, this.words.hosts]) words.settle();
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
      const packed = pack(group.map(({ document }) => document));
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
    const [summary] = pack([{ ...content, files: files && { ...files, rows: [] } }]);
    const [rows] = files ? pack([files.rows]) : [];
    if (!summary) throw new Error('Nothing was packed');
    return { state, summary, fileCount: files?.rows.length ?? 0, files: rows ?? null };
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
    const places = placesOf(document);
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
    await compact(this.engine, this.words.files, needed);
    this.#dead = 0;
  }
}
