import type { BaseImageRow } from '../../endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../../endpoints/image-files/image-file.row.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';

/**
 * The documents of the catalog, in Redis and in memory: one document for each image, and one for the content of the
 * image. derive.ts makes all answers and all columns for queries from these documents. All times are wall times in
 * ms.
 */

/** An image in a registry: a row of ListRegistryImages, or one architecture of such a row. */
export interface RegistryRecord {
  /** Identifies the row of HSS. The key stays the same when other fields of the row change. */
  rowKey: string;
  /** The time of the first read in which HSS's row had these values. */
  readAt: number;
  /** The time at which the row joined an image that had rows before. Undefined: the row came with the image. */
  appearedAt?: number;
  /** The key of the multi-architecture image, for one of its architectures. Null for other rows. */
  variantOf: string | null;
  row: Omit<RegistryImageRow, 'entries'>;
}

/** An image on hosts: a row of ListImageLocal. */
export interface HostRecord {
  rowKey: string;
  readAt: number;
  row: LocalImageRow;
}

/** One image: all rows of HSS with one digest, or with one set of coordinates where no digest is known. */
export interface ImageDocument {
  key: string;
  /**
   * A number that the syncing instance gave the image when the image appeared. The serial is the last
   * criterion of every sort order.
   */
  serial: number;
  appearedAt: number;
  entries: RegistryRecord[];
  onHosts: HostRecord[];
}

/** A part of an image's content as read at one time. */
export interface ReadContent<Row> {
  rows: Row[];
  readAt: number;
  /** The last scan that the content contains, RFC 3339. Null when HSS told no scan time. */
  scannedUntil: string | null;
}

/** The parts of an image's content. HSS has one call for each. */
export const contentParts = ['baseOs', 'files'] as const;
export type ContentPart = (typeof contentParts)[number];

/** HSS's answer that it does not know a part of an image. */
export interface NotKnown {
  /** The time of the last question, wall time in ms. */
  askedAt: number;
  /** How often HSS has said so in a row. */
  times: number;
  /** The sync does not ask again before this wall time. */
  askAgainAt: number;
  /** The last scan that was known at the question, as for a part that was read. */
  scannedUntil: string | null;
}

/**
 * The content that HSS found in an image. One entry was read for all entries with the digest: equal digests mean
 * equal bytes.
 */
export interface ContentDocument {
  key: string;
  /** The entry that the content was read for. */
  of: ImageCoordinates;
  /** Null until the sync has read the part. */
  baseOs: ReadContent<BaseImageRow> | null;
  files: ReadContent<ImageFileRow> | null;
  /** The parts that HSS said it does not know. Missing while HSS has said so of no part. */
  notKnown?: { [Part in ContentPart]?: NotKnown };
}
