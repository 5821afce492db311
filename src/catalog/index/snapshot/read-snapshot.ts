import type { ContentDocument, ImageDocument } from '../../model/documents.js';
import { settleWords, writeWords } from '../tables/content-rows.js';
import type { Vocabulary } from '../tables/image-row.js';
import { contentOf, documentOf } from '../documents/row-documents.js';
import type { Rows } from '../documents/rows.js';
import type { Slices } from '../slices.js';
import { rowsPerChunk, type TableWriter } from '../tables/table-writer.js';
import { ColumnReader } from './columns.js';
import { packedAt, restoreContent, restoreRow } from './saved-rows.js';
import type { Header, RowsHeader, TableHeader, WordsHeader } from './section.js';

/** What a snapshot is read into. */
export interface Restoring {
  rows: Rows;
  words: Vocabulary;
  writer: TableWriter;
  slices: Slices;
}

/** Takes over one section as it is. @throws for what is none: nothing of the history is of use then. */
export async function restore(header: Header, body: Buffer, into: Restoring): Promise<void> {
  if (header.kind === 'words') restoreWords(header, into);
  else if (header.kind === 'rows') await restoreRows(header, body, into);
  else if (header.kind === 'table') await restoreTable(header, body, into);
}

function restoreWords({ of, words }: WordsHeader, { words: vocabulary, writer }: Restoring): void {
  vocabulary[of as keyof Vocabulary].restore(words as never[]);
  writeWords(writer, vocabulary);
  settleWords(vocabulary);
}

async function restoreRows(
  { blocks, rows: saved }: RowsHeader,
  body: Buffer,
  { rows, words, slices }: Restoring,
): Promise<void> {
  const buffers = blocksIn(body, blocks);
  for (const row of saved) {
    rows.add(restoreRow(row, words.names, buffers));
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

/** The documents of a section alone. */
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

/** Copied: one row that lives long would keep all of the section. */
function blocksIn(body: Buffer, lengths: readonly number[]): Buffer[] {
  let from = 0;
  return lengths.map((length) => {
    from += length;
    return Buffer.from(body.subarray(from - length, from));
  });
}
