import type { Packed } from '../documents/document-store.js';
import { withSharedTexts, type ImageName } from '../documents/image-names.js';
import type { PartCoverage, Row } from '../documents/rows.js';
import type { ContentState, StoredContent } from '../documents/stored-content.js';
import type { SharedTexts } from '../words/shared-texts.js';

// The form of rows in a snapshot. The writer and the reader of snapshots use this file.

/** The position of a document: the number of the block in the section, and the document's index in the block. */
type SavedDocument = [block: number, at: number];

/**
 * A row whose documents lie in the blocks of the same section. Only a reader of the same format may use `derived`.
 */
export interface SavedRow {
  document: SavedDocument;
  content: { summary: SavedDocument; files: SavedDocument | null; fileCount: number } | null;
  derived: {
    num: number;
    key: string;
    /** An id that equals the key is stored as 0, to save space. */
    ids: (string | 0)[];
    imageNames: ImageName[];
    newWords: readonly string[];
    baseOs: PartCoverage;
    files: PartCoverage;
    content: ContentState | null;
  };
}

export function saveRow(row: Row, save: (packed: Packed) => SavedDocument): SavedRow {
  const { num, key, content, imageNames, newWords, baseOs, files } = row;
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
      baseOs,
      files,
      ids: row.ids.map((id) => (id === key ? 0 : id)),
      imageNames,
      newWords,
      content: content?.state ?? null,
    },
  };
}

export function restoreRow(
  { document, content, derived }: SavedRow,
  texts: SharedTexts,
  blocks: readonly Buffer[],
): Row {
  const { num, key, newWords, baseOs, files } = derived;
  const { block, at } = packedAt(document, blocks);
  return {
    num,
    key,
    block,
    at,
    content:
      content && derived.content ? { ...restoreContent(content, blocks), state: derived.content } : undefined,
    imageNames: derived.imageNames.map((imageName) => withSharedTexts(imageName, texts)),
    ids: derived.ids.map((id) => (id === 0 ? key : id)),
    newWords,
    until: Infinity,
    baseOs,
    files,
  };
}

export function restoreContent(
  { summary, files, fileCount }: NonNullable<SavedRow['content']>,
  blocks: readonly Buffer[],
): Omit<StoredContent, 'state'> {
  return { summary: packedAt(summary, blocks), fileCount, files: files && packedAt(files, blocks) };
}

export function packedAt([block, at]: SavedDocument, blocks: readonly Buffer[]): Packed {
  const found = blocks[block];
  if (!found) throw new RangeError(`This section has no block ${block}`);
  return { block: found, at };
}
