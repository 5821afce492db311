import type { RawRow } from '../../hss/envelope.js';
import { text } from '../lists/fields.js';

/** A row of ListImageBasicImage: the operating system that an image is built on. */
export interface BaseImageRow {
  osName: string | null;
  osVersion: string | null;
  layerDigest: string | null;
}

export function toBaseImageRow(raw: RawRow): BaseImageRow {
  return {
    osName: text(raw['os_name']),
    osVersion: text(raw['os_version']),
    layerDigest: text(raw['layer_digest']),
  };
}
