import type { RawRow } from '../../hss/envelope.js';
import type { Integer } from '../../json/lossless.js';
import { integer, text } from '../lists/fields.js';
import type { DocumentedFields } from '../lists/source-rows.js';

/** A row of ListImageFiles. */
export interface ImageFileRow {
  name: string | null;
  /** The directory, mostly with a slash at the end. */
  path: string | null;
  sizeBytes: Integer | null;
}

/** Every field of ListImageFiles that HSS's documents name. */
export const imageFileFields: DocumentedFields = { own: ['file_name', 'file_path', 'size'] };

export function toImageFileRow(raw: RawRow): ImageFileRow {
  return { name: text(raw['file_name']), path: text(raw['file_path']), sizeBytes: integer(raw['size']) };
}

/** The directory and the name as one path. */
export function wholePathOf({ path, name }: Pick<ImageFileRow, 'path' | 'name'>): string {
  const slash = !path || path.endsWith('/') ? '' : '/';
  return `${path ?? ''}${slash}${name ?? ''}`;
}
