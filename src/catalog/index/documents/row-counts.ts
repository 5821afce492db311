import type { Coverage } from '../../model/catalog-query.js';
import type { ImageName } from './image-names.js';
import type { Row } from './row.js';

// Counts that are kept up with every row that comes or goes: for all consumers, and for each set of namespaces.

export function noCoverage(): Coverage {
  return { baseOs: { known: 0, total: 0 }, files: { known: 0, total: 0 } };
}

export function countRegistries(
  registries: Map<string, number>,
  names: readonly ImageName[],
  difference: 1 | -1,
): void {
  for (const { registryName, instanceUrl } of names)
    for (const name of [registryName, instanceUrl]) {
      if (!name) continue;
      const count = (registries.get(name) ?? 0) + difference;
      if (count > 0) registries.set(name, count);
      else registries.delete(name);
    }
}

export function countCoverage(
  coverage: Coverage,
  row: Pick<Row, 'baseOs' | 'files'>,
  difference: 1 | -1,
): void {
  for (const part of ['baseOs', 'files'] as const) {
    if (row[part] !== null) coverage[part].total += difference;
    if (row[part] === 'known') coverage[part].known += difference;
  }
}
