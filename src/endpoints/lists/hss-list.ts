import type { Lifetime } from '../../cache/entry.js';
import type { RawRow } from '../../hss/envelope.js';
import type { HssCall } from '../../hss/hss-call.js';
import type { Integer } from '../../json/lossless.js';
import type { ScannedRow } from './scan-marks.js';
import type { DocumentedFields, SourceRow } from './source-rows.js';

/** One list of HSS with its filters: the call that identifies the list, and the meaning of the list's rows. */
export interface HssList<Row> extends HssCall {
  /** The kind of the rows and the version of the row format, as `KIND-VERSION`. Part of the cache key. */
  schema: string;
  toRow(raw: RawRow): Row;
  /** The fields of a row that are kept as HSS sent them, where the service serves HSS's own form. */
  documented: DocumentedFields;
  /** The usual fresh life of a block, in ms. */
  usualFreshMs: number;
  lifetime(block: ListBlock<Row>): Lifetime | Promise<Lifetime>;
  /**
   * Parameters that the reader sets to the moment of the call, in ms. The key of the cache does not have them, so the
   * same question has one key at all times.
   */
  openEnds?: readonly string[];
  /** For a list of content: the image that has the content. The content is stale after the next scan of the image. */
  contentOf?: string;
  /** For a list of images: the rows by whose images a purge finds the list. */
  images?(rows: readonly Row[]): readonly Pick<ScannedRow, 'imageId' | 'digest'>[];
  /**
   * For the registry's list: the rows with the time of each image's last scan. HSS has content of the registry's scans
   * alone, so the scans on hosts make no content stale.
   */
  scans?(rows: readonly Row[]): readonly ScannedRow[];
}

/** A block of a list as the cache holds it: 200 rows, or fewer at the end of the list and where HSS gives fewer. */
export interface ListBlock<Row> {
  total: Integer | null;
  rows: Row[];
  /** The same rows as HSS sent them. Missing where the service did not serve HSS's own form when it read the block. */
  source?: SourceRow[];
  /**
   * For content: the time (RFC 3339) up to which the content contains scans. The last known scan, or the time of
   * the call.
   */
  scannedUntil?: string;
}

/**
 * Whether rows follow after a block that ends at row `end` of the list. HSS's total can be too high, so a block without
 * rows is the end, or no walk would end. Undefined: the block has rows and HSS does not tell the total.
 */
export function rowsFollow({ rows, total }: ListBlock<unknown>, end: number): boolean | undefined {
  if (rows.length === 0) return false;
  return total === null ? undefined : end < total;
}
