import type { SavedReads } from '../read-times.js';
import type { TableName } from '../tables/schema.js';
import type { DictionaryName } from '../words/vocabulary.js';
import type { SavedColumn } from './columns.js';
import type { SavedRow } from './saved-rows.js';

// The sections of a snapshot: their headers, and how a section becomes bytes. The writer and the reader use them.

/** The format of all other sections (format.ts). */
export interface FormHeader {
  kind: 'form';
  form: string;
}

/** Rows, with their documents in blocks. The blocks follow one another in the body. */
export interface RowsHeader {
  kind: 'rows';
  /** Lengths in bytes. */
  blocks: number[];
  rows: SavedRow[];
}

/** Words of one dictionary, after the dictionary's words in earlier sections. */
export interface WordsHeader {
  kind: 'words';
  dictionary: DictionaryName;
  words: unknown[];
}

/** Rows of a table, by column. Numbers are in the body. */
export interface TableHeader {
  kind: 'table';
  table: TableName;
  rows: number;
  columns: SavedColumn[];
}

/** When HSS last showed some of the registry rows. */
export interface ReadsHeader {
  kind: 'reads';
  reads: SavedReads[];
}

export type Header = FormHeader | RowsHeader | WordsHeader | TableHeader | ReadsHeader;

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
