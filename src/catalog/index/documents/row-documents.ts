import { parseJson } from '../../../json/lossless.js';
import { derive, type ShownContent } from '../../model/derive.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import type { ContentDocument, ImageDocument } from '../../model/documents.js';
import type { ImageFileRow } from '../../../endpoints/image-files/image-file.row.js';
import type { KnownFiles, WholeImage } from '../../model/reader.js';
import { textOf, unpack, type Packed } from './document-store.js';
import type { Row, StoredContent } from './rows.js';
import { whole, type SlimDocument } from './slim-document.js';

export function documentOf(packed: Packed): ImageDocument {
  return documentIn(textOf(packed));
}

/** @param text as it lies in a block. */
export function documentIn(text: string): ImageDocument {
  return whole(parseJson(text) as SlimDocument);
}

/** @param document the row's, which takes longest to unpack. */
export function imageOf({ content }: Row, document: ImageDocument): CatalogImage {
  return derive(document, content && shown(content, summaryOf(content)));
}

export function contentOf(stored: Omit<StoredContent, 'state'>): ContentDocument {
  const summary = summaryOf(stored);
  const { files } = summary;
  return { ...summary, files: files && { ...files, rows: [...files.rows, ...furtherFiles(stored)] } };
}

export function wholeOf(row: Row): WholeImage {
  const document = documentOf(row);
  const { content } = row;
  let summary: ContentDocument | undefined;
  const summarized = () => (summary ??= content && summaryOf(content));
  return {
    document,
    image: derive(document, undefined),
    baseOs: () => summarized()?.baseOs ?? null,
    files: () => {
      const files = summarized()?.files;
      return content && files ? filesOf(content, files) : null;
    },
  };
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

function shown({ fileCount }: StoredContent, { baseOs, files }: ContentDocument): ShownContent {
  return { baseOs, files: files && { rows: { length: fileCount }, readAt: files.readAt } };
}

function furtherFiles({ files }: Pick<StoredContent, 'files'>): ImageFileRow[] {
  return files ? (unpack(files) as ImageFileRow[]) : [];
}
