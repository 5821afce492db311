import type { HostQuery, ImageFilter, ImageQuery, Match } from '../model/catalog-query.js';
import type { Engine } from './engine.js';
import { Bindings, conditionsOf, matching, presenceConditions, type Terms } from './filter-sql.js';
import { orderOf, sortColumns, worstFirst } from './sort-sql.js';

/** Rows of a page, and how many images match or might. */
export interface RowPage {
  nums: number[];
  known: number;
  open: number;
}

export async function askImages(engine: Engine, terms: Terms, query: ImageQuery): Promise<RowPage> {
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const order = orderOf(query.sort);
  const [limit, offset] = [query.limit, query.offset].map((count) => bindings.add(count, 'INTEGER'));
  const wanted = query.match === 'known' ? 'known' : 'NOT known';
  const [row = []] = await engine.ask(
    `WITH ${matching(conditions, sortColumns(query.sort))},
      page AS (SELECT * FROM m WHERE ${wanted} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset})
    SELECT (SELECT count(*) FROM m WHERE known), (SELECT count(*) FROM m WHERE NOT known),
      (SELECT list(num ORDER BY ${order}) FROM page)`,
    bindings.values,
  );
  const [known, open, nums] = row as [bigint, bigint, number[] | null];
  return { nums: nums ?? [], known: Number(known), open: Number(open) };
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
  const rows = await engine.ask(
    `WITH ${matching(conditions, sortColumns([]))}
    SELECT num FROM m WHERE ${match === 'known' ? 'known' : 'NOT known'} ORDER BY serial`,
    bindings.values,
  );
  return rows.map(([num]) => num as number);
}

/** How many of a host's images are shown along with it. */
export const imagesPerHost = 3;

export interface HostPage {
  hosts: { host: number; matches: number; nums: number[] }[];
  total: number;
  open: number;
}

/** The hosts with the most matches first; among equals by their id. */
export async function askHosts(engine: Engine, terms: Terms, query: HostQuery): Promise<HostPage> {
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const [limit, offset] = [query.limit, query.offset].map((count) => bindings.add(count, 'INTEGER'));
  const order = orderOf(worstFirst);
  // A host that is named is the only one that is meant, whoever else has its images.
  const [named = 'true'] = presenceConditions(query.filter, terms, bindings);
  const rows = await engine.ask(
    `WITH ${matching(conditions, sortColumns(worstFirst))},
      meant AS (SELECT num, host FROM presences WHERE ${named}),
      matches AS MATERIALIZED (
        SELECT host, count(*) AS matches FROM meant WHERE num IN (SELECT num FROM m WHERE known) GROUP BY host),
      page AS MATERIALIZED (
        SELECT host, matches, row_number() OVER (ORDER BY matches DESC, id) AS place
        FROM matches JOIN hosts USING (host) ORDER BY place LIMIT ${limit} OFFSET ${offset})
    SELECT 0 AS place, 0 AS nth, NULL AS host, (SELECT count(*) FROM matches) AS matches,
      (SELECT count(*) FROM m WHERE NOT known AND num IN (SELECT num FROM presences)) AS num
    UNION ALL
    SELECT place, nth, host, matches, num FROM (
      SELECT page.place, page.host, page.matches, m.num,
        row_number() OVER (PARTITION BY page.host ORDER BY ${order}) AS nth
      FROM meant JOIN page USING (host) JOIN m ON m.num = meant.num AND m.known)
    WHERE nth <= ${imagesPerHost}
    ORDER BY place, nth`,
    bindings.values,
  );
  const [totals = [], ...found] = rows as [bigint, bigint, number, bigint, bigint][];
  const hosts = new Map<number, HostPage['hosts'][number]>();
  for (const [, , host, matches, num] of found) {
    const known = hosts.get(host) ?? { host, matches: Number(matches), nums: [] };
    known.nums.push(Number(num));
    hosts.set(host, known);
  }
  return { hosts: [...hosts.values()], total: Number(totals[3]), open: Number(totals[4]) };
}
