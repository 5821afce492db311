import type { Lifetime } from '../../cache/entry.js';
import type { RawRow } from '../../hss/envelope.js';
import type { HssCall } from '../../hss/hss-client.js';
import type { Integer } from '../../json/lossless.js';
import type { ScannedRow } from './scan-marks.js';

/** One list of HSS, filters included: what identifies it, and what its rows mean. */
export interface HssList<Row> extends HssCall {
  /** Names the kind of rows and the version of their form; part of the cache key. */
  schema: string;
  toRow(raw: RawRow): Row;
  lifetime(block: Rows<Row>): Lifetime | Promise<Lifetime>;
  /** Of an image's content: the image it belongs to. It is stale once that was scanned again. */
  contentOf?: string;
  /** Of a list of images: their rows as marks of when they were scanned. */
  scans?(rows: readonly Row[]): readonly ScannedRow[];
}

/** 200 rows of a list, or fewer at its end, as cached. */
export interface Rows<Row> {
  total: Integer | null;
  rows: Row[];
  /** Of content: the time up to which scans are in it, RFC 3339; its image's last scan, else when it was asked for. */
  scannedUntil?: string;
}
