import type { Namespaces } from '../../../domain/namespaces.js';
import { parseJson } from '../../../json/lossless.js';
import { derive, type ShownContent } from '../../model/derive.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import type { ContentDocument, ImageDocument } from '../../model/documents.js';
import type { PurgedNames } from '../../model/purged-names.js';
import { seenContent, seenDocument } from '../../model/seen.js';
import { withoutPurgedContent, withoutPurgedRows } from '../../model/unread.js';
import type { ImageFileRow } from '../../../endpoints/image-files/image-file.row.js';
import type { KnownFiles, SeenImages, WholeImage } from '../../model/reader.js';
import { hostsWithRelatives } from '../../model/related-hosts.js';
import { textOf, unpack, type Packed } from './document-store.js';
import type { Row } from './row.js';
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

/**
 * @param whole the row's document. The caller has unpacked the document already, and unpacking takes longest.
 * @param namespaces those that the asker sees. A row of the index is an answer only when the asker sees it.
 */
export function imageOf(
  { content }: Row,
  whole: ImageDocument,
  namespaces: Namespaces | null,
  purged?: PurgedNames,
): CatalogImage {
  const summary = content && summaryOf(content);
  const left = purged && summary ? withoutPurgedContent(summary, whole, purged) : summary;
  const document = seenOf(purged ? withoutPurgedRows(whole, purged) : whole, namespaces);
  if (!document) throw new Error('This image is not seen');
  const seen = namespaces ? seenContent(document, left) : left;
  return derive(document, content && seen && shown(content, seen));
}

function seenOf(document: ImageDocument, namespaces: Namespaces | null): ImageDocument | undefined {
  return namespaces ? seenDocument(document, namespaces) : document;
}

export function contentOf(stored: Pick<StoredContent, 'summary' | 'files'>): ContentDocument {
  const summary = summaryOf(stored);
  const { files } = summary;
  return { ...summary, files: files && { ...files, rows: [...files.rows, ...furtherFiles(stored)] } };
}

/**
 * @param catalog the images of the index that the asker sees, for the image's relatives.
 * @param purged what the image must not show, though the newest version has it.
 */
export function wholeOf(
  row: Row,
  catalog: Pick<SeenImages, 'document' | 'keysNamed'>,
  namespaces: Namespaces | null,
  purged?: PurgedNames,
): WholeImage | undefined {
  const stored = documentOf(row);
  const document = seenOf(purged ? withoutPurgedRows(stored, purged) : stored, namespaces);
  if (!document) return undefined;
  const unpurged = {
    keysNamed: catalog.keysNamed.bind(catalog),
    document: (key: string) => {
      const other = catalog.document(key);
      return other && purged ? withoutPurgedRows(other, purged) : other;
    },
  };
  const content = namespaces ? seenContent(document, row.content) : row.content;
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
