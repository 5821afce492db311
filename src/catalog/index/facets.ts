import type { Facet, FacetName, ImageFilter } from '../model/catalog-query.js';
import type { Engine } from './engine.js';
import { Bindings, conditionsOf, matching, type Terms } from './filter-sql.js';
import type { Vocabulary } from './image-row.js';

type ValueOf = (value: number, words: Vocabulary) => string | null;

/** Of `base_os`. */
const os = 'facet';

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
    baseOs: { from: 'base_os', column: os, valueOf: (value, words) => words.baseOsShown.textOf(value) },
  };

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
  const columns = names.map((name) => facets[name].column);
  const ofImages = columns.filter((column) => column !== os).map((column) => `i.${column}`);
  const rows = await engine.ask(
    `WITH ${matching(conditions, ['i.num', 'i.content', 'i.has_os', ...ofImages].join(', '), conditions.isCostly)}
    ${partsOf(names).join('\nUNION ALL\n')}`,
    bindings.values,
  );
  const counts = names.map(() => new Map<number, number>());
  for (const [count, ...values] of rows as [bigint, ...(number | null)[]][])
    for (const [index, value] of values.entries())
      if (value !== null) counts[index]?.set(value, (counts[index].get(value) ?? 0) + Number(count));
  return Object.fromEntries(
    names.map((name, index) => {
      const { valueOf } = facets[name];
      const facet = [...(counts[index] ?? [])].map(([value, count]) => ({
        value: valueOf(value, terms.words),
        count,
      }));
      return [name, facet.sort(mostFrequentFirst)];
    }),
  );
}

/**
 * Planning takes as long as counting, so facets are counted together: those of few values by what they are in
 * combination. A column is null where a part says nothing about a facet.
 */
function partsOf(names: readonly FacetName[]): string[] {
  const select = (
    isIn: (name: FacetName) => boolean,
    columnOf: (name: FacetName) => string,
    from: string,
  ) => {
    const columns = names.map((name) => (isIn(name) ? `(${columnOf(name)})::INTEGER` : 'NULL::INTEGER'));
    return `SELECT count(*), ${columns.map((column, index) => `${column} AS c${index}`).join(', ')}
      FROM ${from} GROUP BY ALL`;
  };
  const parts: string[] = [];
  const ofImage = (name: FacetName) =>
    facets[name].column === os ? 'CASE WHEN m.has_os THEN NULL ELSE 0 END' : `m.${facets[name].column}`;
  if (names.some((name) => name !== 'namespace'))
    parts.push(select((name) => name !== 'namespace', ofImage, 'm WHERE known'));
  if (names.includes('namespace'))
    parts.push(select((name) => name === 'namespace', ofImage, 'm WHERE known'));
  const more = names.filter((name) => facets[name].from === 'names');
  if (more.length > 0) {
    const any = more.map((name) => `more.${facets[name].column} IS NOT NULL`).join(' OR ');
    const from = `names more JOIN m USING (num) WHERE known AND (${any})`;
    parts.push(
      select(
        (name) => more.includes(name),
        (name) => `more.${facets[name].column}`,
        from,
      ),
    );
  }
  if (names.includes('baseOs'))
    parts.push(
      select(
        (name) => name === 'baseOs',
        () => os,
        'm JOIN base_os USING (content) WHERE known AND facet IS NOT NULL',
      ),
    );
  return parts;
}

function mostFrequentFirst(a: Facet[number], b: Facet[number]): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
  return a.value < b.value ? -1 : 1;
}
