/** The `until` of rows that are true now. */
export const forever = 2_147_483_647;

/**
 * One row of `images` for each state of an image, valid for the versions from `since` to before `until`; `names`,
 * `presences` belong to such a row, `base_os` and `image_files` to a content that any number of rows share (0: none).
 * Words are numbers (words.ts) where they are only compared and counted.
 */
export const tables = {
  images: [
    'num INTEGER, since INTEGER, until INTEGER, serial BIGINT, content INTEGER',
    'severity INTEGER, rank INTEGER, scan_status INTEGER',
    'vulnerabilities BIGINT, unsafe_settings BIGINT, malicious_files BIGINT, hosts BIGINT',
    // On hosts; on some that can be told apart.
    'on_hosts BOOLEAN, has_hosts BOOLEAN, running BOOLEAN, multi_arch BOOLEAN',
    'scanned_at BIGINT, updated_at BIGINT, appeared_at BIGINT, size_bytes BIGINT, name VARCHAR',
    // Base OS words are known; base OS, files of the last scan are not.
    'has_os BOOLEAN, os_open BOOLEAN, files_open BOOLEAN',
    // What it counts for in these facets; nearly all images have one value of each.
    'facet_namespace INTEGER, facet_registry INTEGER, facet_type INTEGER',
  ],
  // An entry, or a local row; `folded` is all its words for a search. In the facets stand the values that its image
  // counts for besides the one in its own row.
  names: [
    'num INTEGER, namespace INTEGER, name VARCHAR, tag VARCHAR, registry INTEGER, type INTEGER, folded VARCHAR',
    'facet_namespace INTEGER, facet_registry INTEGER, facet_type INTEGER',
  ],
  // A host under the name it had then: `label`.
  presences: ['num INTEGER, host INTEGER, label INTEGER'],
  hosts: ['host INTEGER, id VARCHAR'],
  base_os: ['content INTEGER, name INTEGER, version INTEGER, facet INTEGER'],
  files: ['file INTEGER, path VARCHAR, name VARCHAR'],
  image_files: ['content INTEGER, file INTEGER'],
} as const;

export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

export const schema = tableNames
  .map((name) => `CREATE TABLE ${name} (${tables[name].join(', ')});`)
  .join('\n');
