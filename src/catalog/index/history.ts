import type { Clock } from '../../time/clock.js';
import { repack } from './documents/document-store.js';
import type { Row } from './documents/row.js';
import { Rows } from './documents/rows.js';
import { QuestionTerms } from './question-terms.js';
import { ReadTimes } from './read-times.js';
import { Slices } from './slices.js';
import { snapshotFormat } from './snapshot/format.js';
import { documentsIn, restore } from './snapshot/read-snapshot.js';
import { readSection } from './snapshot/section.js';
import { writeSnapshot } from './snapshot/write-snapshot.js';
import { StepWriter, type Step } from './step-writer.js';
import { compact, isWorthCompacting } from './tables/compaction.js';
import { writeWords } from './tables/content-rows.js';
import { Engine } from './tables/engine.js';
import { schema } from './tables/schema.js';
import { TableWriter } from './tables/table-writer.js';
import { Versions } from './versions.js';
import { SharedTexts } from './words/shared-texts.js';
import { Vocabulary } from './words/vocabulary.js';

/**
 * One history of the catalog: the tables, the documents, and the versions that a query can use. CatalogIndex writes
 * the history step by step, and runs queries on it. A reader sees a step as a whole or not at all: the tables are
 * written in a transaction, and the rest follows in one turn of the event loop.
 */
export class History {
  readonly rows = new Rows();
  readonly vocabulary = new Vocabulary();
  readonly reads = new ReadTimes();
  readonly terms = new QuestionTerms(this.rows, this.vocabulary);
  readonly #texts = new SharedTexts();
  readonly #steps: StepWriter;
  /** The number of rows in the table `images` that no query can use any more. */
  #dead = 0;

  private constructor(
    private readonly clock: Clock,
    readonly engine: Engine,
    readonly versions: Versions,
  ) {
    this.#steps = new StepWriter(clock, this.rows, this.vocabulary, this.#texts);
  }

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
        const { added, ended } = await this.#steps.write(step, version, writer);
        const nums = [...ended].map(({ num }) => num);
        await this.#commit(writer, nums, version);
        return () => {
          for (const row of ended) this.rows.end(row, version);
          for (const row of added) this.rows.add(row);
          this.rows.views.noteChanges(byKey(ended), byKey(added), version);
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
          const step = { ...documentsIn(header, body), gone: [] };
          const { added } = await this.#steps.write(step, version, writer);
          for (const row of added) this.rows.add(row);
        }
      }
      await this.#commit(writer, [], version);
      this.#steps.continueNumbers();
    });
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

  /** Drops the rows that belong only to versions that no query can use any more. Must not run beside a write. */
  async tidy(): Promise<void> {
    const needed = this.versions.needed();
    this.#dead += this.rows.drop(needed);
    this.rows.dropContents();
    if (!isWorthCompacting(this.#dead, this.rows.size)) return;
    await compact(this.engine, this.vocabulary, needed);
    const { files } = this.vocabulary;
    const slices = new Slices(this.clock);
    const used = await this.rows.contentFiles.used(files.size, slices);
    for (let file = 1; file < used.length; file += 1) {
      if (used[file] === 1) continue;
      files.forget(file);
      if (slices.isOver) await slices.next();
    }
    this.#texts.clear();
    this.#dead = 0;
  }
}

function byKey(rows: Iterable<Row>): Map<string, Row> {
  return new Map([...rows].map((row) => [row.key, row]));
}
