import type { Facet, FacetName, ImageFilter } from '../model/catalog-query.js';
import type { Engine } from './engine.js';
import { Bindings, conditionsOf, matching, type Terms } from './filter-sql.js';
import type { Vocabulary } from './image-row.js';

type ValueOf = (value: number, words: Vocabulary) => string | null;

const flag: ValueOf = (value) => String(value !== 0);
const name: ValueOf = (value, words) => words.names.textOf(value);

/** Where the values of a facet stand (those of names: the first in `images`, more of them in `names`), and what their numbers mean. */
const facets: Record<FacetName, { from: 'images' | 'names' | 'base_os'; column: string; valueOf: ValueOf }> =
  {
    severity: {
      from: 'images',
      column: 'severity',
      valueOf: (value, { severity }) => severity.textOf(value),
    },
    scanStatus: {
      from: 'images',
      column: 'scan_status',
      valueOf: (value, { scanStatus }) => scanStatus.textOf(value),
    },
    onHosts: { from: 'images', column: 'on_hosts', valueOf: flag },
    running: { from: 'images', column: 'running', valueOf: flag },
    multiArch: { from: 'images', column: 'multi_arch', valueOf: flag },
    type: { from: 'names', column: 'facet_type', valueOf: name },
    registryName: { from: 'names', column: 'facet_registry', valueOf: name },
    namespace: { from: 'names', column: 'facet_namespace', valueOf: name },
    baseOs: { from: 'base_os', column: 'facet', valueOf: (value, words) => words.baseOsShown.textOf(value) },
  };

/** How many matching images have each value. An image with several (two registries, say) counts for each. */
export async function askFacets(
  engine: Engine,
  terms: Terms,
  filter: ImageFilter,
  names: readonly FacetName[],
  version: number,
): Promise<Record<string, Facet>> {
  const counted: Record<string, Facet> = Object.fromEntries(names.map((name) => [name, []]));
  if (names.length === 0) return counted;
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const columns = names.filter((name) => facets[name].from !== 'base_os').map((name) => facets[name].column);
  const rows = await engine.ask(
    `WITH ${matching(conditions, ['num', 'content', 'has_os', ...columns].map((one) => `i.${one}`).join(', '))}
    ${names.map((name, index) => countOf(name, index)).join('\nUNION ALL\n')}`,
    bindings.values,
  );
  for (const [index, name] of names.entries()) {
    const counts = new Map<number, number>();
    for (const [of, value, count] of rows as [number, number, bigint][])
      if (of === index) counts.set(value, (counts.get(value) ?? 0) + Number(count));
    const facet = [...counts].map(([value, count]) => ({
      value: facets[name].valueOf(value, terms.words),
      count,
    }));
    counted[name] = facet.sort(mostFrequentFirst);
  }
  return counted;
}

function countOf(name: FacetName, index: number): string {
  const { from, column } = facets[name];
  const ofImages = `SELECT ${index}, ${column}::INTEGER, count(*) FROM m WHERE known GROUP BY 2`;
  if (from === 'images') return ofImages;
  if (from === 'names')
    return `${ofImages} UNION ALL SELECT ${index}, more, count(*)
      FROM (SELECT num, ${column} AS more FROM names WHERE ${column} IS NOT NULL) JOIN m USING (num)
      WHERE known GROUP BY 2`;
  return `SELECT ${index}, facet, count(*) FROM m JOIN base_os USING (content)
      WHERE known AND facet IS NOT NULL GROUP BY 2
    UNION ALL SELECT ${index}, 0, count(*) FROM m WHERE known AND NOT has_os HAVING count(*) > 0`;
}

function mostFrequentFirst(a: Facet[number], b: Facet[number]): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
  return a.value < b.value ? -1 : 1;
}
