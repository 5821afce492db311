import type { FacetName, ImageFilter } from '../../model/catalog-query.js';
import type { TableReader } from '../tables/engine.js';
import type { PlaceValues } from '../words/combinations.js';
import { Bindings } from './bindings.js';
import { conditionsOf, matching, type Terms } from './filter-sql.js';
import { runningThere } from './presence-sql.js';
import { isSeenPlace } from './seen-sql.js';

// Counts facets of the images that a consumer with namespaces sees. The combinations of whole images tell values of
// other namespaces too, so each facet is counted from its own column.

/** How many images have a value of a facet. */
export type FacetCount = readonly [name: FacetName, value: string | null, images: number];

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
  const there = runningThere(filter, names, terms.joinedHosts, bindings);
  const facets = placeFacets.filter((name) => names.includes(name));
  const counted = (part: string, { number = 'NULL', flags = 'NULL, NULL, NULL, NULL', places = 'NULL' }) =>
    `SELECT '${part}', count(*), ${number}, ${flags}, ${places}`;
  const parts = [
    `${counted('image', { number: 'severity', flags: 'scan_status, on_hosts, running, multi_arch' })}
      FROM m WHERE known GROUP BY ALL`,
    ...there.map(
      ({ running, condition }) =>
        `${counted('running', { flags: `NULL, NULL, ${running}, NULL` })} FROM m i WHERE known AND ${condition}`,
    ),
    ...(facets.length > 0
      ? [
          `${counted('place', { number: 'only_place' })} FROM m
            WHERE known AND only_place IS NOT NULL GROUP BY only_place`,
          // Few sets of places occur. What they tell of a facet is told apart afterwards.
          `${counted('places', { places: 'places' })} FROM (
            SELECT num, list_sort(list(place)) AS places FROM places
            SEMI JOIN (SELECT num FROM m WHERE known AND only_place IS NULL) several USING (num)
            WHERE ${['NOT is_only', ...isSeenPlace(terms.seen, bindings)].join(' AND ')} GROUP BY num
          ) GROUP BY places`,
        ]
      : []),
    ...(names.includes('baseOs')
      ? [
          `${counted('baseOs', { number: 'facet' })} FROM m JOIN base_os USING (content)
            WHERE known AND facet IS NOT NULL GROUP BY facet`,
          `${counted('noBaseOs', {})} FROM m
            WHERE known AND content NOT IN (SELECT content FROM base_os WHERE facet IS NOT NULL)`,
        ]
      : []),
  ];
  const columns =
    'i.num, i.content, i.severity, i.scan_status, i.on_hosts, i.running, i.multi_arch, i.only_place';
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
    places: number[] | null,
  ];
  const valueOf = (number: number | null) =>
    (number === null ? null : combinations.valuesOf(number)[0]?.[1]) ?? null;
  const placeOf = new Map(terms.seen?.map(({ number, values }) => [number, values]));
  return (rows as CountRow[]).flatMap(([part, images, number, scanStatus, ...others]): FacetCount[] => {
    const count = Number(images);
    const [onHosts, running, multiArch] = others.map(String) as [string, string, string];
    if (part === 'baseOs') return [['baseOs', valueOf(number), count]];
    if (part === 'noBaseOs') return [['baseOs', null, count]];
    if (part === 'running') return [['running', running, count]];
    if (part === 'place' || part === 'places') {
      const places = (others[3] ?? [number ?? 0]).flatMap((place) => placeOf.get(place) ?? []);
      return facets.flatMap((name) => valuesIn(places, name).map((value) => [name, value, count] as const));
    }
    return [
      ['severity', valueOf(number), count],
      ['scanStatus', valueOf(scanStatus), count],
      ['notScannableReason', null, count],
      ['inRegistry', 'true', count],
      ['onHosts', onHosts, count],
      ...(there.length > 0 ? [] : [['running', running, count] satisfies FacetCount]),
      ['multiArch', multiArch, count],
    ];
  });
}

/** The values of one image. An image counts without a value only when no seen place of it has one. */
function valuesIn(places: readonly PlaceValues[], name: keyof PlaceValues): (string | null)[] {
  const values = [...new Set(places.map((place) => place[name]))];
  return values.length === 1 ? values : values.filter((value) => value !== null);
}
