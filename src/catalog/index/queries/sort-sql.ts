import type { HostSortKey, HostSortTerm, SortKey, SortTerm } from '../../model/catalog-query.js';

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

// The order of images in SQL, for the queries of pages and hosts.

/** The worst of several images comes first. */
export const worstFirst: readonly SortTerm[] = [
  { key: 'severity', descending: true },
  { key: 'vulnerabilities', descending: true },
];

/** An ORDER BY of rows `m` in which no two images are equal: the serial decides last. */
export function orderOf(sort: readonly SortTerm[]): string {
  const terms = sort.map(
    ({ key, descending }) => `m.${columns[key]} ${descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  return [...terms, 'm.serial'].join(', ');
}

/** The condition that a row `m` comes after the row `a` in this order. */
export function following(sort: readonly SortTerm[]): string {
  return sort.reduceRight((rest, { key, descending }) => {
    const [one, other] = [`m.${columns[key]}`, `a.${columns[key]}`];
    const isLater = `${one} ${descending ? '<' : '>'} ${other} OR (${one} IS NULL AND ${other} IS NOT NULL)`;
    return `(${isLater} OR (${one} IS NOT DISTINCT FROM ${other} AND ${rest}))`;
  }, 'm.serial > a.serial');
}

/** The columns that `orderOf` needs, of rows called `i`. */
export function sortColumns(sort: readonly SortTerm[]): string {
  return ['num', 'serial', ...new Set(sort.map(({ key }) => columns[key]))]
    .map((name) => `i.${name}`)
    .join(', ');
}

const aggregates: Record<HostSortKey, string> = {
  matches: 'count(*) AS matches',
  containers: 'sum(containers) AS containers',
  severity: 'max(rank) AS severity',
  vulnerabilities: 'max(vulnerabilities) AS vulnerabilities',
  name: 'min(name) AS name',
};

/** The columns that `hostOrder` needs, of `hostPairs` in groups of one host. The number of matches is always there. */
export function hostColumns(sort: readonly HostSortTerm[]): string[] {
  return [...new Set(['matches', ...sort.map(({ key }) => key)] as const)].map((key) => aggregates[key]);
}

/** The rows behind `hostColumns`: pairs, with the columns of their images only when the order needs them. */
export function hostPairs(sort: readonly HostSortTerm[]): string {
  const needsImages = sort.some(({ key }) => key === 'severity' || key === 'vulnerabilities');
  return needsImages ? 'pairs JOIN m USING (num)' : 'pairs';
}

export function sortsByName(sort: readonly HostSortTerm[]): boolean {
  return sort.some(({ key }) => key === 'name');
}

/** An ORDER BY of hosts in which no two hosts are equal: the id decides last. @param of `page.`, for its columns. */
export function hostOrder(sort: readonly HostSortTerm[], of = ''): string {
  const terms = sort.map(({ key, descending }) => `${of}${key} ${descending ? 'DESC' : 'ASC'} NULLS LAST`);
  return [...terms, `${of}id`].join(', ');
}
