import type { Clock } from '../../time/clock.js';
import type { ChangeSet } from '../model/change-set.js';
import { contentOutlooks, coverageOf } from '../model/content-outlook.js';
import { derive } from '../model/derive.js';
import type { ContentDocument, ImageDocument } from '../model/documents.js';
import { newWordsOf } from '../model/new-words.js';
import { documentsPerBlock, pack, type Packed } from './documents/document-store.js';
import { imageNamesOf, withSharedTexts } from './documents/image-names.js';
import { idsOf, onlyState, placesOf, type ImagePlace, type RowPlace } from './documents/image-places.js';
import { documentOf } from './documents/row-documents.js';
import type { Row } from './documents/row.js';
import type { Rows } from './documents/rows.js';
import { slim } from './documents/slim-document.js';
import type { StoredContent } from './documents/stored-content.js';
import { Slices } from './slices.js';
import { writeContent } from './tables/content-rows.js';
import { writeImage } from './tables/image-row.js';
import { writePlaces } from './tables/place-rows.js';
import type { TableWriter } from './tables/table-writer.js';
import type { SharedTexts } from './words/shared-texts.js';
import type { Vocabulary } from './words/vocabulary.js';

/** A merged answer shows this many files unless the caller asks for more. */
const filesInSummary = 10;

/** The documents that one step writes. */
export type Step = Pick<ChangeSet, 'images' | 'gone' | 'contents'>;

/** Writes the documents of a step into the tables, and makes their rows. History commits the tables and adds the rows. */
export class StepWriter {
  #lastNum = 0;
  #lastContent = 0;

  constructor(
    private readonly clock: Clock,
    private readonly rows: Rows,
    private readonly vocabulary: Vocabulary,
    private readonly texts: SharedTexts,
  ) {}

  /** New rows and contents get numbers after those of the rows that a snapshot brought. */
  continueNumbers(): void {
    for (const { num, content } of this.rows.all()) {
      this.#lastNum = Math.max(this.#lastNum, num);
      this.#lastContent = Math.max(this.#lastContent, content?.state.num ?? 0);
    }
  }

  /** @returns the new rows, and the rows that they replace or that the step ends. */
  async write(step: Step, version: number, writer: TableWriter): Promise<{ added: Row[]; ended: Set<Row> }> {
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
        const kept = gone.has(key) ? undefined : before?.content;
        return [{ before, document, content: contents.get(key), kept }];
      });
      const packed = pack(group.map(({ document }) => slim(document)));
      for (const [index, { before, document, content, kept }] of group.entries()) {
        const stored = content ? this.#storeContent(content, writer) : kept;
        const inBlock = packed[index];
        if (!inBlock) continue;
        const row = this.#writeRow(document, inBlock, content, stored, version, writer);
        added.push(row);
        if (before) tellOnlyPlace(before, row, document);
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
    const numbers = new Set(rows.map(({ path, name }) => this.vocabulary.files.numberOf(path, name)));
    const [further] = rows.length > filesInSummary ? pack([rows.slice(filesInSummary)]) : [];
    if (!summary) throw new Error('The content was not packed');
    return {
      state,
      summary,
      fileCount: rows.length,
      files: further ?? null,
      fileNumbers: Int32Array.from(numbers),
    };
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
    const imageNames = imageNamesOf(document).map((imageName) => withSharedTexts(imageName, this.texts));
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

  /** The places of an image mostly tell the same ids: these places share one list. */
  #kept(
    { registryName, namespace, ids, baseOs, files, sourceOrder, state }: ImagePlace,
    idsOfRow: string[],
  ): RowPlace {
    return {
      registryName: this.texts.of(registryName),
      namespace: this.texts.of(namespace),
      ids: ids.length === idsOfRow.length ? idsOfRow : ids,
      sourceOrder,
      baseOs,
      files,
      state,
    };
  }
}

/**
 * Tells the state of an image's only place, if the image had several places before this step or has several after it:
 * the two states can then be compared.
 */
function tellOnlyPlace(before: Row, after: Row, document: ImageDocument): void {
  const [isAlone, wasAlone] = [after, before].map(({ places }) => places.length === 1);
  if (isAlone === wasAlone) return;
  const [row, of] = isAlone ? [after, document] : [before, documentOf(before)];
  for (const place of row.places) place.state = onlyState(of, row.content?.state);
}
