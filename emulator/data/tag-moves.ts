/** What a tag that names another image changes in its row: everything that belongs to the image and not to the tag. */
import type { LocalImageRow, RegistryImageRow } from './rows.js';

export interface TagMove {
  /** Default: a digest that no row has. */
  readonly digest?: string;
  /** Further fields of the moved rows, such as latest_update_time. */
  readonly changes?: LocalImageRow;
}

export interface RegistryTagMove extends TagMove {
  /** 'new': the entry gets another id, as when a registry lists a pushed image anew. Default 'same'. */
  readonly entry?: 'same' | 'new';
  readonly changes?: RegistryImageRow;
}

/** The fields of an image that nobody scanned. */
const unscannedImage = {
  image_size: 1_000_000,
  scan_status: 'unscan',
  latest_scan_time: 0,
  severity_level: null,
  vul_num: null,
  unsafe_setting_num: null,
  malicious_file_num: null,
  scan_failed_desc: null,
} as const;

const unscannedRegistryImage = {
  ...unscannedImage,
  is_multiple_arch: false,
  association_images: [],
  scan_failed_code: null,
} as const;

/** The row of a tag that names `digest` now. `known`: a row of the digest, so a row of the same image. */
export function movedRow(row: RegistryImageRow, digest: string, known?: RegistryImageRow): RegistryImageRow {
  return {
    ...row,
    image_digest: digest,
    image_id: digest.replace(/^sha256:/, ''),
    ...(known === undefined ? unscannedRegistryImage : fieldsOf(known, unscannedRegistryImage)),
  };
}

/** As movedRow. A local row keeps its image_id, which is no digest. */
export function movedLocalRow(row: LocalImageRow, digest: string, known?: LocalImageRow): LocalImageRow {
  const image = known === undefined ? unscannedImage : fieldsOf(known, unscannedImage);
  return { ...row, image_digest: digest, ...image };
}

function fieldsOf<Row extends object>(row: Row, names: Partial<Record<keyof Row, unknown>>): Partial<Row> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, row[name as keyof Row]])) as Partial<Row>;
}
