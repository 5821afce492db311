/**
 * The format of all data in a snapshot except the documents. A reader with the same format loads these data
 * unchanged. A reader with another format reads the documents alone, which takes six times as long. Rename the format
 * whenever derive.ts, the tables, the rows that are written into them, or a dictionary changes.
 */
export const snapshotFormat = 'tables-10';

/** The tables that a snapshot holds. The tables of words are written anew from the dictionaries. */
export const savedTables = ['images', 'names', 'places', 'more_facets', 'presences', 'base_os'] as const;
