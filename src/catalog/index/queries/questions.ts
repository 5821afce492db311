import { addIntegers, narrowInteger, type Integer } from '../../../json/lossless.js';
import {
  asksForHost,
  type HostQuery,
  type ImageFilter,
  type ImageQuery,
  type Match,
} from '../../model/catalog-query.js';
import type { TableReader } from '../tables/engine.js';
import { Bindings } from './bindings.js';
import { conditionsOf, matching, type Terms } from './filter-sql.js';
import { pairs } from './presence-sql.js';
import {
  following,
  hostColumns,
  hostOrder,
  hostPairs,
  orderOf,
  sortColumns,
  sortsByName,
  worstFirst,
} from './sort-sql.js';

// The queries of the index: a page of images, all images, a page of hosts. Each answers with numbers of rows; the
// index reads the documents.

/** The rows of a page, the serial of the last row, how many images match, and how many could match. */
export interface RowPage {
  nums: number[];
  last: number | null;
  known: number;
  open: number;
}

export async function askImages(tables: TableReader, terms: Terms, query: ImageQuery): Promise<RowPage> {
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const { sort, after } = query;
  const limit = bindings.add(query.limit, 'INTEGER');
  const wanted = query.match === 'known' ? 'm.known' : 'NOT m.known';
  // A page begins after an image, not after a count of rows: the last page takes no longer than the first.
  const [last, from, where] =
    after === null
      ? ['', 'm', wanted]
      : [
          `, a AS MATERIALIZED (SELECT * FROM m WHERE serial = ${bindings.add(after, 'BIGINT')})`,
          'm, a',
          `${wanted} AND ${following(sort)}`,
        ];
  // Subqueries would take longer to plan than to answer.
  const rows = await tables.ask(
    `WITH ${matching(conditions, sortColumns(sort))}${last}
    SELECT count(*) FILTER (known), count(*) FILTER (NOT known) FROM m
    UNION ALL
    (SELECT m.num, m.serial FROM ${from} WHERE ${where} ORDER BY ${orderOf(sort)} LIMIT ${limit})`,
    bindings.values,
  );
  const [[known, open] = [], ...page] = rows as [bigint, bigint][];
  return {
    nums: page.map(([num]) => Number(num)),
    last: page.length > 0 ? Number(page.at(-1)?.[1]) : null,
    known: Number(known),
    open: Number(open),
  };
}

/** All matching rows in the order of serials. @param filter for pairs of hosts and images: `conditionsOnImages`. */
export async function askAll(
  tables: TableReader,
  terms: Terms,
  filter: ImageFilter,
  match: Match,
  version: number,
): Promise<number[]> {
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const nums = await tables.askColumn(
    `WITH ${matching(conditions, sortColumns([]), false)}
    SELECT num FROM m WHERE ${match === 'known' ? 'known' : 'NOT known'} ORDER BY serial`,
    bindings.values,
  );
  return nums as number[];
}

/** How many of a host's images an answer shows. */
export const imagesPerHost = 3;

/** An image of a host, with the number of its containers there. */
interface HostImage {
  num: number;
  containers: Integer | null;
}

/** `containers` is the sum over all matching images; `images` are the worst of them. */
export interface FoundHost {
  host: number;
  matches: number;
  containers: Integer | null;
  images: HostImage[];
}

export interface FoundHosts {
  hosts: FoundHost[];
  total: number;
  pairs: number;
  open: number;
}

/** The order decides first, the ids of the hosts decide last. */
export async function askHosts(tables: TableReader, terms: Terms, query: HostQuery): Promise<FoundHosts> {
  const bindings = new Bindings();
  const { filter, sort } = query;
  const conditions = conditionsOf(conditionsOnImages(filter), query.version, terms, bindings);
  const [limit, offset] = [query.limit, query.offset].map((count) => bindings.add(count, 'INTEGER'));
  const pairsOf = (condition: string, isNamed = false) =>
    pairs(filter, terms.joinedHosts, bindings, {
      from: 'm JOIN presences ON presences.num = m.num',
      where: [condition],
      isNamed,
    });
  const isOnHosts =
    filter.running === undefined || asksForHost(filter)
      ? 'has_hosts'
      : `num IN (SELECT num FROM (${pairsOf('NOT m.known')}))`;
  // Pairs of two numbers. The columns of the order are looked up for the images of the page alone.
  const rows = await tables.ask(
    `WITH ${matching(conditions, `${sortColumns(worstFirst)}, i.has_hosts`)},
      pairs AS MATERIALIZED (${pairsOf('m.known', sortsByName(sort))}),
      counted AS MATERIALIZED (SELECT ${['host', ...hostColumns(sort)].join(', ')} FROM ${hostPairs(sort)} GROUP BY host),
      page AS MATERIALIZED (
        SELECT counted.*, id FROM counted JOIN hosts USING (host)
        ORDER BY ${hostOrder(sort)} LIMIT ${limit} OFFSET ${offset})
    SELECT count(*), NULL::INTEGER, NULL::INTEGER, sum(matches)::BIGINT FROM counted
    UNION ALL SELECT count(*), NULL, NULL, NULL FROM m WHERE NOT known AND ${isOnHosts}
    UNION ALL
    (SELECT page.matches, page.host, m.num, pairs.containers
      FROM page JOIN pairs ON pairs.host = page.host JOIN m ON m.num = pairs.num
      ORDER BY ${hostOrder(sort, 'page.')}, ${orderOf(worstFirst)})`,
    bindings.values,
  );
  type Counts = [number: bigint, host: null, num: null, pairs: bigint | null];
  type Pair = [matches: bigint, host: number, num: number, containers: bigint | null];
  const [[total, , , pairCount], [open], ...page] = rows as [Counts, Counts, ...Pair[]];
  const hosts = new Map<number, FoundHost>();
  for (const [matches, host, num, containers] of page) {
    const found = hosts.get(host) ?? { host, matches: Number(matches), containers: null, images: [] };
    hosts.set(host, found);
    const known = containers === null ? null : narrowInteger(containers);
    found.containers = addIntegers(found.containers, known);
    if (found.images.length < imagesPerHost) found.images.push({ num, containers: known });
  }
  return {
    hosts: [...hosts.values()],
    total: Number(total),
    pairs: Number(pairCount ?? 0),
    open: Number(open),
  };
}

/**
 * The conditions on images in a question about hosts. An image that runs on one host can rest on another, so
 * `running=false` is a condition on the host only.
 */
export function conditionsOnImages({ running, ...filter }: ImageFilter): ImageFilter {
  const isOfPairs = running === undefined || (!running && !asksForHost(filter));
  return isOfPairs ? filter : { ...filter, running };
}
