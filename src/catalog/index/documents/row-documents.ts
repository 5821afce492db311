import { parseJson } from '../../../json/lossless.js';
import { derive, type ShownContent } from '../../model/derive.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import type { ContentDocument, ImageDocument } from '../../model/documents.js';
import type { PurgedNames } from '../../model/purged-names.js';
import { withoutPurgedContent, withoutPurgedRows } from '../../model/unread.js';
import type { ImageFileRow } from '../../../endpoints/image-files/image-file.row.js';
import type { CatalogReader, KnownFiles, WholeImage } from '../../model/reader.js';
import { hostsWithRelatives } from '../../model/related-hosts.js';
import { textOf, unpack, type Packed } from './document-store.js';
import type { Row } from './rows.js';
import { whole, type SlimDocument } from './slim-document.js';
import type { StoredContent } from './stored-content.js';

// Reads a row's documents from their blocks: the image document, the content, and the image as answers show it. The
// index, the snapshot and History use these functions; none of them writes.

export function documentOf(packed: Packed): ImageDocument {
  return documentIn(textOf(packed));
}

/** @param text the slim document's JSON, from a block. */
export function documentIn(text: string): ImageDocument {
  return whole(parseJson(text) as SlimDocument);
}

/** @param document the row's document. The caller has unpacked the document already, and unpacking takes longest. */
export function imageOf({ content }: Row, document: ImageDocument, purged?: PurgedNames): CatalogImage {
  const summary = content && summaryOf(content);
  if (!purged) return derive(document, content && summary && shown(content, summary));
  const left = summary && withoutPurgedContent(summary, document, purged);
  return derive(withoutPurgedRows(document, purged), content && left && shown(content, left));
}

export function contentOf(stored: Omit<StoredContent, 'state'>): ContentDocument {
  const summary = summaryOf(stored);
  const { files } = summary;
  return { ...summary, files: files && { ...files, rows: [...files.rows, ...furtherFiles(stored)] } };
}

/**
 * @param catalog the index that the row belongs to, for the image's relatives.
 * @param purged what the image must not show, though the newest version has it.
 */
export function wholeOf(
  row: Row,
  catalog: Pick<CatalogReader, 'document' | 'keysNamed'>,
  purged?: PurgedNames,
): WholeImage {
  const stored = documentOf(row);
  const document = purged ? withoutPurgedRows(stored, purged) : stored;
  const unpurged = {
    keysNamed: catalog.keysNamed.bind(catalog),
    document: (key: string) => {
      const other = catalog.document(key);
      return other && purged ? withoutPurgedRows(other, purged) : other;
    },
  };
  const { content } = row;
  let summary: ContentDocument | undefined;
  const read = (packed: StoredContent) => {
    const all = summaryOf(packed);
    return purged ? withoutPurgedContent(all, stored, purged) : all;
  };
  const summarized = () => (summary ??= content && read(content));
  return {
    document,
    image: derive(document, undefined),
    allHosts: (newer = document) => hostsWithRelatives(newer, unpurged),
    baseOs: () => summarized()?.baseOs ?? null,
    files: () => {
      const files = summarized()?.files;
      return content && files ? filesOf(content, files) : null;
    },
    notKnown: (part) => summarized()?.notKnown?.[part],
  };
}

/** All files of the content, one after the other. The files after the first ones are unpacked when they are needed. */
export function* filesIn(content: StoredContent): Generator<ImageFileRow> {
  yield* summaryOf(content).files?.rows ?? [];
  yield* furtherFiles(content);
}

function filesOf(
  content: StoredContent,
  { rows: first, ...files }: NonNullable<ContentDocument['files']>,
): KnownFiles {
  let all: ImageFileRow[] | undefined;
  return {
    ...files,
    total: content.fileCount,
    rows: (count = Infinity) =>
      count <= first.length ? first : (all ??= [...first, ...furtherFiles(content)]),
  };
}

function summaryOf({ summary }: Pick<StoredContent, 'summary'>): ContentDocument {
  return unpack(summary) as ContentDocument;
}

function shown({ fileCount }: StoredContent, content: ContentDocument): ShownContent {
  const { files } = content;
  return { ...content, files: files && { ...files, rows: { length: fileCount } } };
}

function furtherFiles({ files }: Pick<StoredContent, 'files'>): ImageFileRow[] {
  return files ? (unpack(files) as ImageFileRow[]) : [];
}
