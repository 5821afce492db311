import type { ContentDocument, ImageDocument } from '../../model/documents.js';
import { copied } from '../documents/document-store.js';
import { contentOf, documentOf } from '../documents/row-documents.js';
import type { Rows } from '../documents/rows.js';
import type { Slices } from '../slices.js';
import { writeWords } from '../tables/content-rows.js';
import { rowsPerChunk, type TableWriter } from '../tables/table-writer.js';
import type { SharedTexts } from '../words/shared-texts.js';
import type { Vocabulary } from '../words/vocabulary.js';
import { ColumnReader } from './columns.js';
import { packedAt, restoreContent, restoreRow } from './saved-rows.js';
import type { Header, RowsHeader, TableHeader, WordsHeader } from './section.js';

// Reads a snapshot, section by section, into a new history. History calls these functions and commits the tables.

/** The parts of a history that a snapshot fills. */
export interface Restoring {
  rows: Rows;
  vocabulary: Vocabulary;
  texts: SharedTexts;
  writer: TableWriter;
  slices: Slices;
}

/**
 * Loads one section of a snapshot in this release's format. @throws if the section is damaged; after an error the
 * history cannot be used.
 */
export async function restore(header: Header, body: Buffer, into: Restoring): Promise<void> {
  if (header.kind === 'words') restoreWords(header, into);
  else if (header.kind === 'rows') await restoreRows(header, body, into);
  else if (header.kind === 'table') await restoreTable(header, body, into);
}

function restoreWords({ dictionary, words }: WordsHeader, { vocabulary, writer }: Restoring): void {
  vocabulary[dictionary].restore(words as never[]);
  writeWords(writer, vocabulary);
  vocabulary.settle();
}

async function restoreRows(
  { blocks, rows: saved }: RowsHeader,
  body: Buffer,
  { rows, texts, slices }: Restoring,
): Promise<void> {
  const buffers = blocksIn(body, blocks);
  for (const row of saved) {
    rows.add(restoreRow(row, texts, buffers));
    if (slices.isOver) await slices.next();
  }
}

async function restoreTable(
  { table, rows, columns }: TableHeader,
  body: Buffer,
  { writer, slices }: Restoring,
): Promise<void> {
  const reader = new ColumnReader(body, rows);
  const cells = columns.map((column) => reader.next(column));
  for (let from = 0; from < rows; from += rowsPerChunk) {
    const to = Math.min(rows, from + rowsPerChunk);
    writer.appendColumns(
      table,
      cells.map((column) => column.slice(from, to)),
      to - from,
    );
    if (slices.isOver) await slices.next();
  }
}

/**
 * The documents of a section. Documents can be read from a snapshot in any format, all other data only in our format.
 */
export function documentsIn(
  { blocks, rows }: RowsHeader,
  body: Buffer,
): { images: ImageDocument[]; contents: ContentDocument[] } {
  const buffers = blocksIn(body, blocks);
  return {
    images: rows.map(({ document }) => documentOf(packedAt(document, buffers))),
    contents: rows.flatMap(({ content }) => (content ? contentOf(restoreContent(content, buffers)) : [])),
  };
}

/**
 * Copies the blocks out of the section. A row that lives long keeps its block in memory, but not the whole section.
 */
function blocksIn(body: Buffer, lengths: readonly number[]): Buffer[] {
  let from = 0;
  return lengths.map((length) => {
    from += length;
    return copied(body.subarray(from - length, from));
  });
}
