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
  const counted = (
    part: string,
    { number = 'NULL', flags = 'NULL, NULL, NULL, NULL', places = 'NULL, NULL' },
  ) => `SELECT '${part}', count(*), ${number}, ${flags}, ${places}`;
  // DuckDB plans all parts anew for each question, which takes a third of the time: there are few parts.
  const parts = [
    `${counted('image', {
      number: 'severity',
      flags: 'scan_status, on_hosts, running, multi_arch',
      places: facets.length > 0 ? 'only_place, NULL' : 'NULL, NULL',
    })} FROM m WHERE known GROUP BY ALL`,
    ...there.map(
      ({ running, condition }) =>
        `${counted('running', { flags: `NULL, NULL, ${running}, NULL` })} FROM m i WHERE known AND ${condition}`,
    ),
    // Few sets of places occur. What they tell of a facet is told apart afterwards.
    ...(facets.length > 0
      ? [
          `${counted('places', { places: 'NULL, places' })} FROM (
            SELECT num, list_sort(list(place)) AS places FROM places
            SEMI JOIN (SELECT num FROM m WHERE known AND only_place IS NULL) several USING (num)
            WHERE ${['NOT is_only', ...isSeenPlace(terms.seen, bindings)].join(' AND ')} GROUP BY num
          ) GROUP BY places`,
        ]
      : []),
    ...(names.includes('baseOs')
      ? [
          `${counted('baseOs', { number: 'facet' })} FROM m
            LEFT JOIN (SELECT content, facet FROM base_os WHERE facet IS NOT NULL) USING (content)
            WHERE known GROUP BY facet`,
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
    onlyPlace: number | null,
    places: number[] | null,
  ];
  const valueOf = (number: number | null) =>
    (number === null ? null : combinations.valuesOf(number)[0]?.[1]) ?? null;
  const placeOf = new Map(terms.seen?.map(({ number, values }) => [number, values]));
  return (rows as CountRow[]).flatMap(
    ([part, images, number, scanStatus, onHosts, running, multiArch, onlyPlace, several]): FacetCount[] => {
      const count = Number(images);
      if (part === 'baseOs') return [['baseOs', valueOf(number), count]];
      if (part === 'running') return [['running', String(running), count]];
      const numbers = several ?? (onlyPlace === null ? [] : [onlyPlace]);
      const places = numbers.flatMap((place) => placeOf.get(place) ?? []);
      const ofPlaces = facets.flatMap((name) =>
        valuesIn(places, name).map((value) => [name, value, count] as const),
      );
      if (part === 'places') return ofPlaces;
      return [
        ...ofPlaces,
        ['severity', valueOf(number), count],
        ['scanStatus', valueOf(scanStatus), count],
        ['notScannableReason', null, count],
        ['inRegistry', 'true', count],
        ['onHosts', String(onHosts), count],
        ...(there.length > 0 ? [] : [['running', String(running), count] satisfies FacetCount]),
        ['multiArch', String(multiArch), count],
      ];
    },
  );
}

/** The values of one image. An image counts without a value only when no seen place of it has one. */
function valuesIn(places: readonly PlaceValues[], name: keyof PlaceValues): (string | null)[] {
  const values = [...new Set(places.map((place) => place[name]))];
  return values.length === 1 ? values : values.filter((value) => value !== null);
}
