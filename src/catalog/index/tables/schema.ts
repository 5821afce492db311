// The tables of the catalog in DuckDB, for the writers and readers of tables and snapshots.

/** The `until` of rows that belong to the newest version. */
export const forever = 2_147_483_647;

export type ColumnType = 'INTEGER' | 'BIGINT' | 'BOOLEAN' | 'VARCHAR';

/**
 * `images` has one row for each state of an image. The row is valid for the versions from `since` to before
 * `until`. `names`, `places`, `more_facets` and `presences` belong to a row of `images` (`num`). `base_os` belongs to
 * a content, which any number of rows share (0: none). `hosts` and `named_hosts` hold the words of the dictionaries
 * that queries look into. The files of contents are in no table: see documents/content-files.ts. A change of a table,
 * or of the meaning of a column, needs a new name for the format of snapshots (snapshot/format.ts).
 */
const definitions = {
  images: [
    'num INTEGER, since INTEGER, until INTEGER, serial BIGINT, content INTEGER',
    // `severity` and `scan_status` are combinations of a single value (words/combinations.ts).
    'severity INTEGER, rank INTEGER, scan_status INTEGER',
    'vulnerabilities BIGINT, unsafe_settings BIGINT, malicious_files BIGINT, hosts BIGINT',
    // `on_hosts`: the image is on hosts. `has_hosts`: at least one of these hosts has an identity.
    'on_hosts BOOLEAN, has_hosts BOOLEAN, running BOOLEAN, multi_arch BOOLEAN',
    'scanned_at BIGINT, updated_at BIGINT, appeared_at BIGINT, size_bytes BIGINT, name VARCHAR',
    // The base OS or the files of the last scan are not known, for whatever reason.
    'os_open BOOLEAN, files_open BOOLEAN',
    // The first value of each facet, as combinations. The catalog can have many namespaces, so the namespace has a
    // combination of its own.
    'facets INTEGER, namespace_facet INTEGER',
  ],
  // What the registry rows of one place (registry, type and namespace) tell of the image. `is_only`: the image has one
  // place. An order says which place tells the value where several are seen: see place-rows.ts.
  places: [
    // `serial` takes the place of the image's serial, which tells since when other places have the image.
    'num INTEGER, place INTEGER, is_only BOOLEAN, serial BIGINT, position INTEGER',
    'severity INTEGER, severity_order INTEGER, rank INTEGER',
    'scan_status INTEGER, scan_order BIGINT, scanned_at BIGINT',
    'vulnerabilities BIGINT, unsafe_settings BIGINT, malicious_files BIGINT',
    'multi_arch BOOLEAN, updated_at BIGINT, size_bytes BIGINT, size_position INTEGER, name VARCHAR',
    'os_open BOOLEAN, files_open BOOLEAN, source_order INTEGER, appeared_at BIGINT',
  ],
  // An entry of a registry, or a local row. `name` is folded. `folded`: the text that a search looks into.
  names: [
    'num INTEGER, place INTEGER, namespace VARCHAR, name VARCHAR, tag VARCHAR, registry VARCHAR, type VARCHAR, folded VARCHAR',
  ],
  // Further values of facets as combinations, beside the first values in `images`. Few images have any.
  more_facets: ['num INTEGER, facet INTEGER'],
  // `host` is the identity of a host by this row. `named_host` holds all fields by which this row names the host.
  // `containers` run the image there.
  presences: ['num INTEGER, host INTEGER, named_host INTEGER, containers BIGINT'],
  // `name` and `version` are folded; `facet` is the combination of the base OS as answers show it, once for each
  // content.
  base_os: ['content INTEGER, name VARCHAR, version VARCHAR, facet INTEGER'],
  hosts: ['host INTEGER, id VARCHAR'],
  named_hosts: ['named_host INTEGER, name VARCHAR'],
} as const;

export type TableName = keyof typeof definitions;
export const tableNames = Object.keys(definitions) as TableName[];

/** The columns of each table, in the table's order. */
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
