import type { HostQuery, ImageFilter, ImageQuery, Match } from '../../model/catalog-query.js';
import type { Engine } from '../tables/engine.js';
import { Bindings } from './bindings.js';
import { conditionsOf, matching, presenceConditions, type Terms } from './filter-sql.js';
import { following, orderOf, sortColumns, worstFirst } from './sort-sql.js';

// The queries of the index: a page of images, all images, a page of hosts. Each answers with numbers of rows; the
// index reads the documents.

/** The rows of a page, the serial of the last row, how many images match, and how many could match. */
export interface RowPage {
  nums: number[];
  last: number | null;
  known: number;
  open: number;
}

export async function askImages(engine: Engine, terms: Terms, query: ImageQuery): Promise<RowPage> {
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
  const rows = await engine.ask(
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

/** All matching rows in the order of serials. */
export async function askAll(
  engine: Engine,
  terms: Terms,
  filter: ImageFilter,
  match: Match,
  version: number,
): Promise<number[]> {
  const bindings = new Bindings();
  const conditions = conditionsOf(filter, version, terms, bindings);
  const nums = await engine.askColumn(
    `WITH ${matching(conditions, sortColumns([]), false)}
    SELECT num FROM m WHERE ${match === 'known' ? 'known' : 'NOT known'} ORDER BY serial`,
    bindings.values,
  );
  return nums as number[];
}

/** How many of a host's images an answer shows. */
export const imagesPerHost = 3;

export interface HostPage {
  hosts: { host: number; matches: number; nums: number[] }[];
  total: number;
  open: number;
}

/** Hosts with the most matches come first; equal hosts are in the order of their ids. */
export async function askHosts(engine: Engine, terms: Terms, query: HostQuery): Promise<HostPage> {
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const [limit, offset] = [query.limit, query.offset].map((count) => bindings.add(count, 'INTEGER'));
  // Pairs of two numbers. The columns of the order are looked up for the images of the page alone.
  const rows = await engine.ask(
    `WITH ${matching(conditions, `${sortColumns(worstFirst)}, i.has_hosts`)},
      ${pairsOf(query, terms, bindings)},
      counted AS MATERIALIZED (SELECT host, count(*) AS matches FROM pairs GROUP BY host),
      page AS MATERIALIZED (
        SELECT host, matches, id FROM counted JOIN hosts USING (host)
        ORDER BY matches DESC, id LIMIT ${limit} OFFSET ${offset})
    SELECT count(*) AS matches, NULL::INTEGER AS host, NULL::INTEGER AS num FROM counted
    UNION ALL SELECT count(*), NULL, NULL FROM m WHERE NOT known AND has_hosts
    UNION ALL
    (SELECT matches, host, num FROM page JOIN pairs USING (host) JOIN m USING (num)
      ORDER BY matches DESC, id, ${orderOf(worstFirst)})`,
    bindings.values,
  );
  const [[total] = [], [open] = [], ...page] = rows as [bigint, number, number][];
  const hosts = new Map<number, HostPage['hosts'][number]>();
  for (const [matches, host, num] of page) {
    const found = hosts.get(host) ?? { host, matches: Number(matches), nums: [] };
    hosts.set(host, found);
    if (found.nums.length < imagesPerHost) found.nums.push(num);
  }
  return { hosts: [...hosts.values()], total: Number(total), open: Number(open) };
}

/** The table `pairs`: hosts with their images. An image that names a joined host twice counts once. */
function pairsOf(query: HostQuery, terms: Terms, bindings: Bindings): string {
  const present = `SELECT host, m.num FROM m JOIN presences ON presences.num = m.num
        WHERE ${meant(query, terms, bindings)}`;
  const { identities, wholes } = terms.joinedHosts.numbers;
  if (identities.length === 0) return `pairs AS MATERIALIZED (${present})`;
  const [identity, whole] = [identities, wholes].map((numbers) => bindings.add(numbers, 'INTEGER[]'));
  // Only joined hosts need the DISTINCT, which takes longer than the rest.
  return `present AS MATERIALIZED (${present}),
      joined AS MATERIALIZED (SELECT unnest(${identity}) AS host, unnest(${whole}) AS whole),
      pairs AS MATERIALIZED (
        SELECT host, num FROM present ANTI JOIN joined USING (host)
        UNION ALL SELECT DISTINCT whole, num FROM present JOIN joined USING (host))`;
}

/** Matches on the hosts that the filter means: if it names a host, other hosts with the same images do not count. */
function meant({ filter }: HostQuery, terms: Terms, bindings: Bindings): string {
  return ['m.known', ...presenceConditions(filter, terms, bindings)].join(' AND ');
}
