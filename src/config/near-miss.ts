/**
 * Finds the setting that a misspelled name probably means. Settings of other programs must not be reported:
 * AWS_REGION, SSH_USER, PORTS, REDIS_HOST, Kubernetes' REDIS_PORT_6379_TCP. A name inside a family (`HSS_`) is a
 * near-miss with two slips, or with one slip when the name is short. A name outside of all families is a near-miss
 * only with one slip of a kind that rarely gives another real name.
 */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  const written = name.toUpperCase();
  return known
    .filter((setting) => Math.abs(setting.length - written.length) <= mostSlips)
    .map((setting) => ({ setting, slips: editDistance(written, setting) }))
    .filter(({ setting, slips }) => isSlip(written, setting, slips))
    .sort((a, b) => a.slips - b.slips)[0]?.setting;
}

const mostSlips = 2;

function isSlip(written: string, setting: string, slips: number): boolean {
  const [family = ''] = /^(CLOUD_SDK|[A-Z]+)_/.exec(setting) ?? [];
  if (family !== '' && written.startsWith(family))
    return slips <= (setting.length - family.length > 4 ? mostSlips : 1);
  if (slips !== 1) return false;
  if (letters(written) === letters(setting)) return true;
  // A replaced letter in a short prefix more likely means another product: OSS_REGION, RAM_ENDPOINT.
  return setting.length >= 8 && (written.length !== setting.length || family.length > 4);
}

function letters(name: string): string {
  return Array.from(name).sort().join('');
}

/** Damerau-Levenshtein distance (optimal string alignment): two swapped neighbours are one slip. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(beforeLast, j - 2) + 1
          : Infinity;
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
