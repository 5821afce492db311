import type { Facet, FacetName, ImageFilter } from '../../model/catalog-query.js';
import type { TableReader } from '../tables/engine.js';
import { Bindings } from './bindings.js';
import { conditionsOf, matching, type Terms } from './filter-sql.js';
import { runningThere } from './presence-sql.js';
import { countSeenFacets, type FacetCount } from './seen-facets.js';

// Counts facets: how many matching images have each value. The index asks; see words/combinations.ts for the facets
// that are counted together.

/** An image with several values of a facet (two registries, say) counts for each of them. */
export async function askFacets(
  tables: TableReader,
  terms: Terms,
  filter: ImageFilter,
  names: readonly FacetName[],
  version: number,
): Promise<Record<string, Facet>> {
  if (names.length === 0) return {};
  const counts = terms.seen
    ? await countSeenFacets(tables, terms, filter, names, version)
    : await countFacets(tables, terms, filter, names, version);
  const counted = new Map(names.map((name) => [name, new Map<string | null, number>()]));
  for (const [name, value, images] of counts) {
    const values = counted.get(name);
    if (images > 0) values?.set(value, (values.get(value) ?? 0) + images);
  }
  return Object.fromEntries(
    [...counted].map(([name, values]) => {
      const facet = [...values].map(([value, images]) => ({ value, count: images }));
      return [name, facet.sort(mostFrequentFirst)];
    }),
  );
}

async function countFacets(
  tables: TableReader,
  terms: Terms,
  filter: ImageFilter,
  names: readonly FacetName[],
  version: number,
): Promise<FacetCount[]> {
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const { combinations } = terms.vocabulary;
  // No combination tells whether an image runs on the named hosts.
  const there = runningThere(filter, names, terms.joinedHosts, bindings);
  const rows = await tables.ask(
    `WITH ${matching(conditions, 'i.num, i.content, i.facets, i.namespace_facet', conditions.isCostly)}
    ${[...counts(names), ...there.map(countThere)].join('\nUNION ALL\n')}`,
    bindings.values,
  );
  const valuesOf = (combination: number): [FacetName, string | null][] =>
    combination < 0
      ? [['running', String(combination === runsThere)]]
      : combinations.valuesOf(combination).filter(([name]) => name !== 'running' || there.length === 0);
  return (rows as [images: bigint, combination: number][]).flatMap(([images, combination]) =>
    valuesOf(combination).map(([name, value]): FacetCount => [name, value, Number(images)]),
  );
}

/** Stand for the two values of `running` in the column of combinations, whose numbers are never negative. */
const runsThere = -1;
const restsThere = -2;

function countThere({ running, condition }: { running: boolean; condition: string }): string {
  return `SELECT count(*), ${running ? runsThere : restsThere} FROM m i WHERE known AND ${condition}`;
}

/**
 * The parts of one query, since planning takes as long as counting. Each counts images by a column of combinations.
 */
function counts(names: readonly FacetName[]): string[] {
  const parts = [
    {
      isWanted: names.some((name) => name !== 'namespace'),
      sql: 'm.facets FROM m WHERE known',
    },
    {
      isWanted: names.includes('namespace'),
      sql: 'm.namespace_facet FROM m WHERE known',
    },
    {
      isWanted: names.some((name) => name === 'namespace' || name === 'registryName' || name === 'type'),
      sql: 'more.facet FROM more_facets more JOIN m USING (num) WHERE known',
    },
    {
      isWanted: names.includes('baseOs'),
      sql: 'facet FROM m JOIN base_os USING (content) WHERE known AND facet IS NOT NULL',
    },
  ];
  return parts.filter(({ isWanted }) => isWanted).map(({ sql }) => `SELECT count(*), ${sql} GROUP BY ALL`);
}

function mostFrequentFirst(a: Facet[number], b: Facet[number]): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
  return a.value < b.value ? -1 : 1;
}
