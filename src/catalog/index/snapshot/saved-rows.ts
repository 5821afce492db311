import type { Packed } from '../documents/document-store.js';
import { withSharedTexts, type ImageName } from '../documents/image-names.js';
import type { PartCoverage, RowPlace } from '../documents/image-places.js';
import type { Row } from '../documents/row.js';
import type { ContentState, StoredContent } from '../documents/stored-content.js';
import type { SharedTexts } from '../words/shared-texts.js';

// The form of rows in a snapshot. The writer and the reader of snapshots use this file.

/** Bytes that follow one another in the section's body: blocks of documents, and the numbers of files. */
export type Block = Uint8Array;

/** The position of a document: the number of the block in the section, and the document's index in the block. */
type SavedDocument = [block: number, at: number];

/** A place of an image. `ids`: 0 where they are the ids of the image. */
type SavedPlace = [
  registryName: string | null,
  namespace: string | null,
  ids: string[] | 0,
  sourceOrder: number | null,
  baseOs: PartCoverage,
  files: PartCoverage,
  state: string | null,
];

/**
 * A row whose documents lie in the blocks of the same section. Only a reader of the same format may use `derived`.
 */
export interface SavedRow {
  document: SavedDocument;
  content: { summary: SavedDocument; files: SavedDocument | null; fileCount: number } | null;
  derived: {
    num: number;
    key: string;
    since: number;
    /** An id that equals the key is stored as 0, to save space. */
    ids: (string | 0)[];
    imageNames: ImageName[];
    newWords: readonly string[];
    baseOs: PartCoverage;
    files: PartCoverage;
    content: ContentState | null;
    /** The number of the block that holds the numbers of the files, as 32-bit integers. */
    fileNumbers: number | null;
    places: SavedPlace[];
  };
}

/** @param numberOf the number of a block in the section. */
export function saveRow(row: Row, numberOf: (block: Block) => number): SavedRow {
  const save = ({ block, at }: Packed): SavedDocument => [numberOf(block), at];
  const { num, key, since, content, imageNames, newWords, baseOs, files } = row;
  return {
    document: save(row),
    content: content
      ? {
          summary: save(content.summary),
          files: content.files && save(content.files),
          fileCount: content.fileCount,
        }
      : null,
    derived: {
      num,
      key,
      since,
      baseOs,
      files,
      ids: row.ids.map((id) => (id === key ? 0 : id)),
      imageNames,
      newWords,
      content: content?.state ?? null,
      fileNumbers: content ? numberOf(bytesOf(content.fileNumbers)) : null,
      places: row.places.map((place) => savePlace(place, row.ids)),
    },
  };
}

export function restoreRow(
  { document, content, derived }: SavedRow,
  texts: SharedTexts,
  blocks: readonly Buffer[],
): Row {
  const { num, key, since, newWords, baseOs, files } = derived;
  const { block, at } = packedAt(document, blocks);
  const ids = derived.ids.map((id) => (id === 0 ? key : id));
  return {
    num,
    key,
    block,
    at,
    content:
      content && derived.content
        ? {
            ...restoreContent(content, blocks),
            state: derived.content,
            fileNumbers: numbersIn(blocks[derived.fileNumbers ?? -1]),
          }
        : undefined,
    imageNames: derived.imageNames.map((imageName) => withSharedTexts(imageName, texts)),
    ids,
    newWords,
    since,
    until: Infinity,
    baseOs,
    files,
    places: derived.places.map((place) => restorePlace(place, ids, texts)),
  };
}

function savePlace(
  { registryName, namespace, ids, sourceOrder, baseOs, files, state }: RowPlace,
  idsOfRow: readonly string[],
): SavedPlace {
  return [registryName, namespace, ids === idsOfRow ? 0 : ids, sourceOrder, baseOs, files, state];
}

function restorePlace(
  [registryName, namespace, ids, sourceOrder, baseOs, files, state]: SavedPlace,
  idsOfRow: string[],
  texts: SharedTexts,
): RowPlace {
  return {
    registryName: texts.of(registryName),
    namespace: texts.of(namespace),
    ids: ids === 0 ? idsOfRow : ids,
    sourceOrder,
    baseOs,
    files,
    state,
  };
}

export function restoreContent(
  { summary, files, fileCount }: NonNullable<SavedRow['content']>,
  blocks: readonly Buffer[],
): Omit<StoredContent, 'state' | 'fileNumbers'> {
  return { summary: packedAt(summary, blocks), fileCount, files: files && packedAt(files, blocks) };
}

export function packedAt([block, at]: SavedDocument, blocks: readonly Buffer[]): Packed {
  const found = blocks[block];
  if (!found) throw new RangeError(`This section has no block ${block}`);
  return { block: found, at };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numbersIn(block: Buffer | undefined): Int32Array {
  if (!block) throw new RangeError('This section has no numbers of files');
  return new Int32Array(new Uint8Array(block).buffer);
}
