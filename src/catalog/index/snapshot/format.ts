/**
 * What snapshots hold beside documents is ready to be loaded as it is, but only by who would make the same of the same
 * documents: a new name whenever derive.ts, the tables, what is written into them, or a vocabulary changes. Snapshots
 * of another form are read for their documents alone, which takes six times as long.
 */
export const snapshotFormat = 'tables-3';

/** Those of words are written anew from the vocabularies. */
export const savedTables = ['images', 'names', 'more_facets', 'presences', 'base_os', 'image_files'] as const;
