import { int64Max } from '../../../json/lossless.js';
import { asksForHost, type FacetName, type ImageFilter } from '../../model/catalog-query.js';
import type { Bindings } from './bindings.js';
import type { JoinedHosts } from './joined-hosts.js';

// Finds images on hosts: for the condition of a filter on its host, and for the pairs of hosts and images.

/** The condition that image `i` is on a host that the filter names, and runs there if the filter asks for that. */
export function hostCondition(filter: ImageFilter, joinedHosts: JoinedHosts, bindings: Bindings): string {
  // Only a count of containers needs the rows of a joined host together.
  const nums =
    filter.running === undefined
      ? `presences WHERE ${meantConditions(filter, joinedHosts, bindings).join(' AND ')}`
      : `(${pairs(filter, joinedHosts, bindings)})`;
  return `i.num IN (SELECT num FROM ${nums})`;
}

/**
 * The conditions behind the values of the facet `running` where the filter names hosts: the facet is then about these
 * hosts, because an image can run on one of them and rest on another. Empty: the facet is about any host, or not asked.
 */
export function runningThere(
  filter: ImageFilter,
  names: readonly FacetName[],
  joinedHosts: JoinedHosts,
  bindings: Bindings,
): { running: boolean; condition: string }[] {
  if (!asksForHost(filter) || !names.includes('running')) return [];
  return [true, false].map((running) => ({
    running,
    condition: hostCondition({ ...filter, running }, joinedHosts, bindings),
  }));
}

interface PairsOf {
  /** The table `presences`, alone or joined with others. */
  from?: string;
  where?: string[];
  /** Whether a column `name` has the name of the host. */
  isNamed?: boolean;
}

/**
 * A query for the columns `host`, `num` and `containers`: each host that the filter means, with each of its images.
 * An image that names a joined host twice comes once. The condition `running` is about the containers on this host.
 */
export function pairs(
  filter: ImageFilter,
  joinedHosts: JoinedHosts,
  bindings: Bindings,
  { from = 'presences', where = [], isNamed = false }: PairsOf = {},
): string {
  const runs = (containers: string) =>
    filter.running === undefined ? [] : [`(coalesce(${containers}, 0) > 0) = ${filter.running}`];
  const conditions = [...where, ...meantConditions(filter, joinedHosts, bindings)];
  const [name, names] = isNamed ? [', name', 'JOIN named_hosts USING (named_host)'] : ['', ''];
  const present = (more: string[]) =>
    `SELECT host, presences.num, containers${name} FROM ${from} ${names} ${whereAll([...conditions, ...more])}`;
  if (joinedHosts.isEmpty) return present(runs('containers'));
  const { identities, wholes, named } = joinedHosts.numbers;
  const [identity, whole, ofName] = [identities, wholes, named].map((numbers) =>
    bindings.add(numbers, 'INTEGER[]'),
  );
  const [wholeName, wholeNames] = isNamed
    ? [', min(coalesce(present.name, named_hosts.name))', 'LEFT JOIN named_hosts USING (named_host)']
    : ['', ''];
  // Only joined hosts need the grouping, which takes longer than the rest.
  return `WITH present AS MATERIALIZED (${present([])}),
      joined AS MATERIALIZED (
        SELECT unnest(${identity}) AS host, unnest(${whole}) AS whole, unnest(${ofName}) AS named_host)
    SELECT * FROM present ANTI JOIN joined USING (host) ${whereAll(runs('containers'))}
    UNION ALL
    SELECT whole, num, ${withinBigint('sum(containers)')}${wholeName}
      FROM present JOIN joined USING (host) ${wholeNames} GROUP BY whole, num
      ${runs('sum(containers)')
        .map((condition) => `HAVING ${condition}`)
        .join('')}`;
}

/** The sum as a BIGINT, like the other counts. `least` would replace null by the limit. */
function withinBigint(sum: string): string {
  return `if(${sum} > ${int64Max}, ${int64Max}, ${sum})::BIGINT`;
}

/** The condition on rows of `presences` for the hosts that the filter names, if any. */
function meantConditions(filter: ImageFilter, joinedHosts: JoinedHosts, bindings: Bindings): string[] {
  if (!asksForHost(filter)) return [];
  const namedHosts = joinedHosts.find(filter);
  const [namedHost] = namedHosts;
  // Mostly a single number. A comparison is faster than a join.
  if (namedHosts.length === 1 && namedHost !== undefined)
    return [`named_host = ${bindings.add(namedHost, 'INTEGER')}`];
  return [`named_host IN (SELECT unnest(${bindings.add(namedHosts, 'INTEGER[]')}))`];
}

function whereAll(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
