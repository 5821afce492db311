import type { PlaceValues } from '../words/combinations.js';
import type { Bindings } from './bindings.js';

// The images as a consumer with namespaces sees them: in place of the table `images`, with the columns that questions
// use. The values come from the places that the consumer sees.

/** The places that the consumer sees. Null: the whole images. */
export type SeenPlaces = readonly { number: number; values: PlaceValues }[] | null;

/** The condition that a row of `places` or `names` is of a seen place. Empty for the whole images. */
export function isSeenPlace(seen: SeenPlaces, bindings: Bindings): string[] {
  if (seen === null) return [];
  const numbers = seen.map(({ number }) => number);
  return [`place IN (SELECT unnest(${bindings.add(numbers, 'INTEGER[]')}))`];
}

/** What a query reads as rows `i`. `only_place` of seen images: the place, where an image is in one place only. */
export function imagesSeen(seen: SeenPlaces, bindings: Bindings): string {
  if (seen === null) return 'images i';
  const [isSeen] = isSeenPlace(seen, bindings);
  const columns = Object.keys(columnsOfPlaces);
  // An image that is in one place needs no grouping, which takes longer than the rest.
  const alone = columns.map((column) => `${aloneColumns[column] ?? column} AS ${column}`).join(', ');
  const grouped = Object.entries(columnsOfPlaces).map(([column, value]) => `${value} AS ${column}`);
  return `(SELECT images.num, since, until, if(has_source, content, 0) AS content,
      hosts, on_hosts, has_hosts, running, p.* EXCLUDE (num, has_source)
    FROM images JOIN (
      SELECT num, ${alone} FROM places WHERE is_only AND ${isSeen}
      UNION ALL
      SELECT num, ${grouped.join(', ')} FROM places WHERE NOT is_only AND ${isSeen} GROUP BY num
    ) p USING (num)) i`;
}

const latestScan = (column: string) => `arg_max_null(${column}, scan_order)`;
const firstEntry = (column: string) => `arg_min_null(${column}, position)`;
/** Without a source HSS tells no content for the seen rows. */
const ofSource = (column: string) => `coalesce(arg_min(${column}, source_order), true)`;

/** The columns of an image, put together from several places. */
const columnsOfPlaces: Readonly<Record<string, string>> = {
  serial: 'any_value(serial)',
  severity: 'arg_max(severity, severity_order)',
  rank: 'max(rank)',
  scan_status: latestScan('scan_status'),
  scanned_at: latestScan('scanned_at'),
  vulnerabilities: 'max(vulnerabilities)',
  unsafe_settings: 'max(unsafe_settings)',
  malicious_files: 'max(malicious_files)',
  multi_arch: 'bool_or(multi_arch)',
  updated_at: firstEntry('updated_at'),
  size_bytes: 'arg_min(size_bytes, size_position)',
  name: firstEntry('name'),
  os_open: ofSource('os_open'),
  files_open: ofSource('files_open'),
  appeared_at: 'min(appeared_at)',
  has_source: 'min(source_order) IS NOT NULL',
  only_place: 'NULL',
};

/** The columns of an image in one place, where they have no column of their own. */
const aloneColumns: Readonly<Record<string, string>> = {
  has_source: 'source_order IS NOT NULL',
  only_place: 'place',
};
