import type { Facet, FacetName, ImageFilter } from '../../model/catalog-query.js';
import { combinationOf } from '../words/combined-facets.js';
import type { Engine } from '../tables/engine.js';
import { Bindings, conditionsOf, matching, type Terms } from './filter-sql.js';
import type { Vocabulary } from '../tables/image-row.js';

const flag = (value: number): string => String(value !== 0);
const nameOf = (value: number, { names }: Vocabulary): string | null => names.textOf(value);

/** What the numbers of a facet's values mean. */
const meanings: Record<FacetName, (value: number, words: Vocabulary) => string | null> = {
  severity: (value, { severity }) => severity.textOf(value),
  scanStatus: (value, { scanStatus }) => scanStatus.textOf(value),
  type: nameOf,
  registryName: nameOf,
  namespace: nameOf,
  baseOs: (value, { baseOsShown }) => baseOsShown.textOf(value),
  onHosts: flag,
  running: flag,
  multiArch: flag,
};

/** Columns of `counts` that hold the values of one facet each. */
const columns = ['namespace', 'registryName', 'type', 'baseOs'] as const satisfies FacetName[];

/** How many matching images have each value. An image with several (two registries, say) counts for each. */
export async function askFacets(
  engine: Engine,
  terms: Terms,
  filter: ImageFilter,
  names: readonly FacetName[],
  version: number,
): Promise<Record<string, Facet>> {
  if (names.length === 0) return {};
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const rows = await engine.ask(
    `WITH ${matching(conditions, 'i.num, i.content, i.facets, i.facet_namespace', conditions.isCostly)}
    ${counts(names).join('\nUNION ALL\n')}`,
    bindings.values,
  );
  const counted = new Map(names.map((name) => [name, new Map<number, number>()]));
  const count = (name: FacetName, value: number | null | undefined, images: number) => {
    const values = counted.get(name);
    if (values && value !== null && value !== undefined) values.set(value, (values.get(value) ?? 0) + images);
  };
  for (const [found, combination, ...values] of rows as [bigint, number | null, ...(number | null)[]][]) {
    const images = Number(found);
    if (combination !== null)
      for (const [name, value] of combinationOf(combination, terms.words.combinations))
        count(name, value, images);
    for (const [index, name] of columns.entries()) count(name, values[index], images);
  }
  return Object.fromEntries(
    [...counted].map(([name, values]) => {
      const facet = [...values].map(([value, count]) => ({
        value: meanings[name](value, terms.words),
        count,
      }));
      return [name, facet.sort(mostFrequentFirst)];
    }),
  );
}

/** Parts of one question, since planning takes as long as counting: images by combination, then by each of `columns`. */
function counts(names: readonly FacetName[]): string[] {
  const parts = [
    {
      isWanted: names.some((name) => name !== 'namespace'),
      sql: 'm.facets, NULL, NULL, NULL, NULL FROM m WHERE known',
    },
    {
      isWanted: names.includes('namespace'),
      sql: 'NULL, m.facet_namespace, NULL, NULL, NULL FROM m WHERE known',
    },
    {
      isWanted: names.some((name) => name === 'namespace' || name === 'registryName' || name === 'type'),
      sql: `NULL, more.facet_namespace, more.facet_registry, more.facet_type, NULL
        FROM more_facets more JOIN m USING (num) WHERE known`,
    },
    {
      isWanted: names.includes('baseOs'),
      sql: 'NULL, NULL, NULL, NULL, facet FROM m JOIN base_os USING (content) WHERE known AND facet IS NOT NULL',
    },
  ];
  return parts.filter(({ isWanted }) => isWanted).map(({ sql }) => `SELECT count(*), ${sql} GROUP BY ALL`);
}

function mostFrequentFirst(a: Facet[number], b: Facet[number]): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
  return a.value < b.value ? -1 : 1;
}
