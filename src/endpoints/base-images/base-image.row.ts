import type { RawRow } from '../../hss/envelope.js';
import { text } from '../lists/fields.js';
import type { DocumentedFields } from '../lists/source-rows.js';

/** A row of ListImageBasicImage: the operating system that an image is built on. */
export interface BaseImageRow {
  osName: string | null;
  osVersion: string | null;
  layerDigest: string | null;
}

/** Every field of ListImageBasicImage that HSS's documents name. */
export const baseImageFields: DocumentedFields = { own: ['os_name', 'os_version', 'layer_digest'] };

export function toBaseImageRow(raw: RawRow): BaseImageRow {
  return {
    osName: text(raw['os_name']),
    osVersion: text(raw['os_version']),
    layerDigest: text(raw['layer_digest']),
  };
}
