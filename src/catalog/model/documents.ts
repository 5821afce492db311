import type { BaseImageRow } from '../../endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../../endpoints/image-files/image-file.row.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';

/**
 * What the catalog keeps, as it travels through Redis and lies in memory: one document for each image, and one for its
 * content. Everything that is shown or asked for is derived from them (derive.ts). All times are wall times in ms.
 */

/** An image in a registry: a row of ListRegistryImages, or one architecture of such a row. */
export interface RegistryRecord {
  /** The same for the same row of HSS, whatever it says by now. */
  rowKey: string;
  /** When HSS was first read to say this. */
  readAt: number;
  /** The image that this is one architecture of, by its key. */
  variantOf: string | null;
  row: Omit<RegistryImageRow, 'entries'>;
}

/** An image on hosts: a row of ListImageLocal. */
export interface HostRecord {
  rowKey: string;
  readAt: number;
  row: LocalImageRow;
}

/** One image: all rows of HSS that are one digest, or one set of coordinates where there is no digest. */
export interface ImageDocument {
  key: string;
  /** Given once when the image appeared, by the instance that syncs: the last word of every order. */
  serial: number;
  appearedAt: number;
  entries: RegistryRecord[];
  onHosts: HostRecord[];
}

/** A part of an image's content as read at one time. */
export interface ReadContent<Row> {
  rows: Row[];
  readAt: number;
  /** The last scan that is in it, RFC 3339; null when HSS named none. */
  scannedUntil: string | null;
}

/** What HSS found in an image. Of several entries with one digest one was asked for: bytes with one digest are the same. */
export interface ContentDocument {
  key: string;
  /** Which entry HSS was asked for. */
  of: ImageCoordinates;
  /** Null while not read. */
  baseOs: ReadContent<BaseImageRow> | null;
  files: ReadContent<ImageFileRow> | null;
}
