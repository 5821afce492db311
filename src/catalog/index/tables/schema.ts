/** The `until` of rows that are true now. */
export const forever = 2_147_483_647;

export type ColumnType = 'INTEGER' | 'BIGINT' | 'BOOLEAN' | 'VARCHAR';

/**
 * One row of `images` for each state of an image, valid for the versions from `since` to before `until`; `names`,
 * `more_facets`, `presences` belong to such a row, `base_os` and `image_files` to a content that any number of rows share (0: none).
 * Words are numbers (words.ts); `words`, `hosts` and `files` say which, where a query has to look into them. What stands
 * here, and what the numbers are made of, is one form of snapshots: whoever changes it changes that name too.
 */
const definitions = {
  images: [
    'num INTEGER, since INTEGER, until INTEGER, serial BIGINT, content INTEGER',
    'severity INTEGER, rank INTEGER, scan_status INTEGER',
    'vulnerabilities BIGINT, unsafe_settings BIGINT, malicious_files BIGINT, hosts BIGINT',
    // On hosts; on some that can be told apart.
    'on_hosts BOOLEAN, has_hosts BOOLEAN, running BOOLEAN, multi_arch BOOLEAN',
    'scanned_at BIGINT, updated_at BIGINT, appeared_at BIGINT, size_bytes BIGINT, name VARCHAR',
    // Base OS, files of the last scan are not known.
    'os_open BOOLEAN, files_open BOOLEAN',
    // What it counts for in facets (combined-facets.ts); nearly all images have one value of each.
    'facets INTEGER, facet_namespace INTEGER',
  ],
  // An entry, or a local row.
  names: ['num INTEGER, namespace INTEGER, name INTEGER, tag INTEGER, registry INTEGER, type INTEGER'],
  // What an image counts for besides the values in its own row; null where it has no further one.
  more_facets: ['num INTEGER, facet_namespace INTEGER, facet_registry INTEGER, facet_type INTEGER'],
  // A host under the name it had then: `label`.
  presences: ['num INTEGER, host INTEGER, label INTEGER'],
  base_os: ['content INTEGER, name INTEGER, version INTEGER, facet INTEGER'],
  image_files: ['content INTEGER, file INTEGER'],
  words: ['word INTEGER, folded VARCHAR'],
  hosts: ['host INTEGER, id VARCHAR'],
  files: ['file INTEGER, path VARCHAR, name VARCHAR'],
} as const;

export type TableName = keyof typeof definitions;
export const tableNames = Object.keys(definitions) as TableName[];

/** The columns of each table, in its order. */
export const tables = Object.fromEntries(
  tableNames.map((table) => [
    table,
    definitions[table]
      .join(', ')
      .split(', ')
      .map((column) => column.split(' ') as [name: string, type: ColumnType]),
  ]),
) as Record<TableName, [name: string, type: ColumnType][]>;

export const schema = tableNames
  .map((table) => `CREATE TABLE ${table} (${definitions[table].join(', ')});`)
  .join('\n');
