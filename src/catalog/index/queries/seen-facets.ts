import { asksForHost, type FacetName, type ImageFilter } from '../../model/catalog-query.js';
import type { TableReader } from '../tables/engine.js';
import type { PlaceValues } from '../words/combinations.js';
import { Bindings } from './bindings.js';
import { conditionsOf, matching, type Terms } from './filter-sql.js';
import { hostCondition } from './presence-sql.js';

// Counts facets of the images that a consumer with namespaces sees. The combinations of whole images tell values of
// other namespaces too, so each facet is counted from its own column.

/** How many images have a value of a facet. */
export type FacetCount = [name: FacetName, value: string | null, images: number];

const placeFacets = ['namespace', 'registryName', 'type'] as const satisfies (keyof PlaceValues)[];

export async function countSeenFacets(
  tables: TableReader,
  terms: Terms,
  filter: ImageFilter,
  names: readonly FacetName[],
  version: number,
): Promise<FacetCount[]> {
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const { combinations } = terms.vocabulary;
  // Where the filter names hosts, `running` is about these hosts: an image can run on one of them and rest on another.
  const isAboutHosts = asksForHost(filter);
  const there = [true, false].map((running) => {
    const isThere = () => hostCondition({ ...filter, running }, terms.joinedHosts, bindings);
    return isAboutHosts && names.includes('running')
      ? [
          `SELECT 'running', count(*), NULL, NULL, NULL, ${running}, NULL FROM m i WHERE known AND ${isThere()}`,
        ]
      : [];
  });
  const facets = placeFacets.filter((name) => names.includes(name));
  const parts = [
    `SELECT 'image', count(*), severity, scan_status, on_hosts, running, multi_arch
      FROM m WHERE known GROUP BY ALL`,
    ...there.flat(),
    ...facets.map((name) => countPlaces(name, terms, bindings)),
    ...(names.includes('baseOs')
      ? [
          `SELECT 'baseOs', count(*), facet, NULL, NULL, NULL, NULL FROM m JOIN base_os USING (content)
            WHERE known AND facet IS NOT NULL GROUP BY facet`,
          `SELECT 'noBaseOs', count(*), NULL, NULL, NULL, NULL, NULL FROM m
            WHERE known AND content NOT IN (SELECT content FROM base_os WHERE facet IS NOT NULL)`,
        ]
      : []),
  ];
  const columns = 'i.num, i.content, i.severity, i.scan_status, i.on_hosts, i.running, i.multi_arch';
  const rows = await tables.ask(
    `WITH ${matching(conditions, columns)} ${parts.join('\nUNION ALL\n')}`,
    bindings.values,
  );
  type CountRow = [
    part: string,
    images: bigint,
    number: number | null,
    scanStatus: number | null,
    onHosts: boolean | null,
    running: boolean | null,
    multiArch: boolean | null,
  ];
  const valueOf = (number: number | null) =>
    (number === null ? null : combinations.valuesOf(number)[0]?.[1]) ?? null;
  return (rows as CountRow[]).flatMap(([part, images, number, scanStatus, ...flags]): FacetCount[] => {
    const count = Number(images);
    const [onHosts, running, multiArch] = flags.map(String) as [string, string, string];
    if (part === 'noBaseOs') return [['baseOs', null, count]];
    if (part === 'running') return [['running', running, count]];
    if (part !== 'image') return [[part as FacetName, placeValue(part, number, terms), count]];
    return [
      ['severity', valueOf(number), count],
      ['scanStatus', valueOf(scanStatus), count],
      ['notScannableReason', null, count],
      ['inRegistry', 'true', count],
      ['onHosts', onHosts, count],
      ...(isAboutHosts ? [] : [['running', running, count] satisfies FacetCount]),
      ['multiArch', multiArch, count],
    ];
  });

  function placeValue(part: string, number: number | null, { seen }: Terms): string | null {
    if (part === 'baseOs') return valueOf(number);
    return seen?.find((place) => place.number === number)?.values[part as keyof PlaceValues] ?? null;
  }
}

/**
 * Images by one value of their places. The number of one place stands for all places with the value. An image counts
 * without a value only when no seen place of it has one.
 */
function countPlaces(name: keyof PlaceValues, { seen }: Terms, bindings: Bindings): string {
  const places = seen ?? [];
  const first = new Map<string | null, number>();
  for (const { number, values } of places) if (!first.has(values[name])) first.set(values[name], number);
  const numbers = bindings.add(
    places.map(({ number }) => number),
    'INTEGER[]',
  );
  const standIns = bindings.add(
    places.map(({ values }) => first.get(values[name]) ?? 0),
    'INTEGER[]',
  );
  const without = first.get(null);
  const valued = `SELECT DISTINCT places.num, v.value FROM places
    JOIN (SELECT unnest(${numbers}) AS place, unnest(${standIns}) AS value) v USING (place)
    SEMI JOIN (SELECT num FROM m WHERE known) k USING (num)`;
  const counted =
    without === undefined
      ? valued
      : `SELECT * FROM (${valued}) WHERE value <> ${without} OR num NOT IN
          (SELECT num FROM (${valued}) WHERE value <> ${without})`;
  return `SELECT '${name}', count(*), value, NULL, NULL, NULL, NULL FROM (${counted}) GROUP BY value`;
}
