import type { Packed } from '../documents/document-store.js';
import type { Row, StoredContent } from '../documents/rows.js';
import type { ImageName } from '../tables/image-row.js';
import type { Words } from '../words/words.js';

/** A document's place: which block of the section, which document of the block. */
type SavedPlace = [block: number, at: number];

/** A row whose documents lie in the blocks beside it. What stands under `derived` only holds for one form. */
export interface SavedRow {
  document: SavedPlace;
  content: { summary: SavedPlace; files: SavedPlace | null; fileCount: number } | null;
  derived: {
    num: number;
    key: string;
    /** 0: its key. */
    ids: (string | 0)[];
    /** In words of `names`. */
    places: number[][];
    isAsked: boolean;
    knowsOs: boolean;
    knowsFiles: boolean;
    content: StoredContent['state'] | null;
  };
}

const placeFields = ['registryName', 'type', 'namespace', 'name', 'tag'] as const;

export function saveRow(row: Row, names: Words, place: (packed: Packed) => SavedPlace): SavedRow {
  const { num, key, content, isAsked, knowsOs, knowsFiles } = row;
  return {
    document: place(row),
    content: content
      ? {
          summary: place(content.summary),
          files: content.files && place(content.files),
          fileCount: content.fileCount,
        }
      : null,
    derived: {
      ...{ num, key, isAsked, knowsOs, knowsFiles },
      ids: row.ids.map((id) => (id === key ? 0 : id)),
      places: row.places.map((each) => placeFields.map((field) => names.find(each[field]))),
      content: content?.state ?? null,
    },
  };
}

export function restoreRow(
  { document, content, derived }: SavedRow,
  names: Words,
  blocks: readonly Buffer[],
): Row {
  const { num, key, isAsked, knowsOs, knowsFiles } = derived;
  const { block, at } = packedAt(document, blocks);
  return {
    num,
    key,
    block,
    at,
    content:
      content && derived.content ? { ...restoreContent(content, blocks), state: derived.content } : undefined,
    places: derived.places.map((words) => restorePlace(words, names)),
    ids: derived.ids.map((id) => (id === 0 ? key : id)),
    until: Infinity,
    isAsked,
    knowsOs,
    knowsFiles,
  };
}

export function restoreContent(
  { summary, files, fileCount }: NonNullable<SavedRow['content']>,
  blocks: readonly Buffer[],
): Omit<StoredContent, 'state'> {
  return { summary: packedAt(summary, blocks), fileCount, files: files && packedAt(files, blocks) };
}

export function packedAt([block, at]: SavedPlace, blocks: readonly Buffer[]): Packed {
  const found = blocks[block];
  if (!found) throw new RangeError(`No block ${block} in this section`);
  return { block: found, at };
}

function restorePlace(words: readonly number[], names: Words): ImageName {
  const [registryName, type, namespace, name, tag] = words.map((word) => names.textOf(word));
  return {
    registryName: registryName ?? null,
    type: type ?? null,
    namespace: namespace ?? null,
    name: name ?? null,
    tag: tag ?? null,
  };
}
