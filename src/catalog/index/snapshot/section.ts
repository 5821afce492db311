import type { TableName } from '../tables/schema.js';
import type { SavedColumn } from './columns.js';
import type { SavedRow } from './saved-rows.js';

/** Names the reading of documents that rows, words and tables come from. */
export interface FormHeader {
  kind: 'form';
  form: string;
}

/** Documents in their blocks, which follow one another in the body. */
export interface RowsHeader {
  kind: 'rows';
  /** In bytes. */
  blocks: number[];
  rows: SavedRow[];
}

/** The words of one vocabulary that follow those in earlier sections. */
export interface WordsHeader {
  kind: 'words';
  of: string;
  words: unknown[];
}

/** Rows of a table, by column: numbers in the body. */
export interface TableHeader {
  kind: 'table';
  table: TableName;
  rows: number;
  columns: SavedColumn[];
}

export type Header = FormHeader | RowsHeader | WordsHeader | TableHeader;

const lineFeed = 10;

/** A section of a snapshot: a line of JSON, which holds no line feed, and a body of bytes. */
export function toSection(header: Header, body: readonly Uint8Array[] = []): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...body]);
}

export function readSection(section: Buffer): { header: Header; body: Buffer } {
  const end = section.indexOf(lineFeed);
  return {
    header: JSON.parse(section.toString('utf8', 0, end)) as Header,
    body: section.subarray(end + 1),
  };
}
