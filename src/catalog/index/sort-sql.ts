import type { SortKey, SortTerm } from '../model/catalog-query.js';

const columns: Record<SortKey, string> = {
  severity: 'rank',
  vulnerabilities: 'vulnerabilities',
  unsafeSettings: 'unsafe_settings',
  maliciousFiles: 'malicious_files',
  hosts: 'hosts',
  scannedAt: 'scanned_at',
  updatedAt: 'updated_at',
  appearedAt: 'appeared_at',
  sizeBytes: 'size_bytes',
  name: 'name',
};

/** The worst image of several is the one to show first. */
export const worstFirst: readonly SortTerm[] = [
  { key: 'severity', descending: true },
  { key: 'vulnerabilities', descending: true },
];

/** An ORDER BY that no two images share a place in. */
export function orderOf(sort: readonly SortTerm[]): string {
  const terms = sort.map(
    ({ key, descending }) => `${columns[key]} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  return [...terms, 'serial'].join(', ');
}

/** What `orderOf` needs to see, of rows called `i`. */
export function sortColumns(sort: readonly SortTerm[]): string {
  return ['num', 'serial', ...new Set(sort.map(({ key }) => columns[key]))]
    .map((name) => `i.${name}`)
    .join(', ');
}
