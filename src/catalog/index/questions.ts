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
  // Subqueries would take longer to plan than to answer.
  const rows = await engine.ask(
    `WITH ${matching(conditions, sortColumns(query.sort))}
    SELECT count(*) FILTER (known) AS num, count(*) FILTER (NOT known) AS open FROM m
    UNION ALL
    (SELECT num, NULL FROM m WHERE ${wanted} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset})`,
    bindings.values,
  );
  const [[known, open] = [], ...page] = rows as [bigint, bigint][];
  return { nums: page.map(([num]) => Number(num)), known: Number(known), open: Number(open) };
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
    `WITH ${matching(conditions, sortColumns([]), false)}
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

/**
 * The hosts with the most matches first; among equals by their id. In two steps: hosts are counted as numbers, and only
 * for those of the page is it looked up which images are theirs.
 */
export async function askHosts(engine: Engine, terms: Terms, query: HostQuery): Promise<HostPage> {
  const { counted, total, open } = await askCounts(engine, terms, query);
  const hosts = new Map(counted.map(([host, matches]) => [host, { host, matches, nums: [] as number[] }]));
  if (hosts.size === 0) return { hosts: [], total, open };
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const wanted = bindings.add([...hosts.keys()], 'INTEGER[]');
  const rows = await engine.ask(
    `WITH ${matching(conditions, sortColumns(worstFirst), false)}
    SELECT host, m.num FROM m JOIN presences ON presences.num = m.num
    WHERE ${meant(query, terms, bindings)} AND host IN (SELECT unnest(${wanted})) ORDER BY ${orderOf(worstFirst)}`,
    bindings.values,
  );
  for (const [host, num] of rows as [number, number][]) {
    const nums = hosts.get(host)?.nums;
    if (nums && nums.length < imagesPerHost) nums.push(num);
  }
  return { hosts: [...hosts.values()], total, open };
}

async function askCounts(engine: Engine, terms: Terms, query: HostQuery) {
  const bindings = new Bindings();
  const conditions = conditionsOf(query.filter, query.version, terms, bindings);
  const [limit, offset] = [query.limit, query.offset].map((count) => bindings.add(count, 'INTEGER'));
  const rows = await engine.ask(
    `WITH ${matching(conditions, 'i.num, i.has_hosts')},
      matches AS MATERIALIZED (
        SELECT host, count(*) AS matches FROM m JOIN presences ON presences.num = m.num
        WHERE ${meant(query, terms, bindings)} GROUP BY host)
    SELECT NULL AS host, count(*) AS matches, NULL AS id FROM matches
    UNION ALL SELECT NULL, count(*), NULL FROM m WHERE NOT known AND has_hosts
    UNION ALL
    (SELECT host, matches, id FROM matches JOIN hosts USING (host)
      ORDER BY matches DESC, id LIMIT ${limit} OFFSET ${offset})`,
    bindings.values,
  );
  const [total, open, ...counted] = rows as [number, bigint][];
  return {
    counted: counted.map(([host, matches]): [number, number] => [host, Number(matches)]),
    total: Number(total?.[1]),
    open: Number(open?.[1]),
  };
}

/** Matches on hosts that are meant: a host that is named is the only one, whoever else has its images. */
function meant({ filter }: HostQuery, terms: Terms, bindings: Bindings): string {
  return ['m.known', ...presenceConditions(filter, terms, bindings)].join(' AND ');
}
