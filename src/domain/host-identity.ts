/**
 * The rule that tells which rows mean the same host. The merged answer, the catalog's images and the catalog's
 * events use this rule. HSS names a host by up to three fields, and different rows name different fields.
 */

/** The fields by which a row names a host. Each field can be missing. */
export interface HostNames {
  hostId: string | null;
  agentId: string | null;
  name: string | null;
}

/** One host, with the rows of this host. */
export interface HostGroup {
  /** The first value of each field in the order of the rows. */
  host: HostNames;
  /** Positions of the rows in the list that was grouped, ascending. */
  members: number[];
}

/**
 * The value of the strongest field that is present: the id, otherwise the agent, otherwise the name. Row keys and
 * tables store this key, so the key must not change. Two rows with different keys can still be one host: `groupHosts`
 * decides.
 */
export function hostKey({ hostId, agentId, name }: HostNames): string | null {
  return hostId ?? agentId ?? name;
}

/** Separates the key from its kind. No word of HSS holds this character. */
const wordEnd = '\u0000';

/**
 * The key, marked unless it is an id: one word can be the id of one host, the agent of a second host and the name of
 * a third host.
 */
export function hostIdentity(host: HostNames): string | null {
  const key = hostKey(host);
  if (key === null || host.hostId !== null) return key;
  return `${key}${wordEnd}${host.agentId === null ? 'name' : 'agent'}`;
}

/** The host with its missing fields filled from what other rows of the same host tell. */
export function filledFrom(host: HostNames, whole: HostNames): HostNames {
  return {
    hostId: host.hostId ?? whole.hostId,
    agentId: host.agentId ?? whole.agentId,
    name: host.name ?? whole.name,
  };
}

/**
 * Groups the rows by host, in the order of each host's first row. Rows that share a field are one host, unless a
 * stronger field says otherwise. The result does not depend on the order of the rows.
 * - Different ids are different hosts, even if they share an agent or a name.
 * - Different agents are different hosts, unless their rows share an id (the agent was installed again).
 * - An agent or a name that several different hosts have identifies no host. A row with only that agent or name is a
 *   host of its own.
 */
export function groupHosts(hosts: readonly (HostNames | null)[]): HostGroup[] {
  const groups = byStrongestField(hosts);
  // HSS nearly always tells the id. If every group has an id, no two groups can be one host.
  if (groups.every(({ host }) => host.hostId !== null)) return groups;
  const byAgent = joined(groups, hosts, 'agentId', haveOneId);
  const byName = joined(byAgent, hosts, 'name', (some) => haveOneId(some) && haveOneAgent(some));
  return byName.sort((a, b) => firstOf(a) - firstOf(b));
}

function byStrongestField(hosts: readonly (HostNames | null)[]): HostGroup[] {
  const groups = new Map<string, HostGroup>();
  for (const [at, host] of hosts.entries()) {
    const identity = host && hostIdentity(host);
    if (!host || identity === null) continue;
    const group = groups.get(identity);
    if (group) add(group, host, at);
    else groups.set(identity, { host, members: [at] });
  }
  return [...groups.values()];
}

function add(group: HostGroup, host: HostNames, at: number): void {
  const { hostId, agentId, name } = group.host;
  if (hostId === null || agentId === null || name === null) group.host = filledFrom(group.host, host);
  group.members.push(at);
}

/** Joins groups that share a value of the field. A value joins its groups only if all of them can be one host. */
function joined(
  groups: readonly HostGroup[],
  hosts: readonly (HostNames | null)[],
  field: 'agentId' | 'name',
  canBeOne: (groups: readonly HostGroup[]) => boolean,
): HostGroup[] {
  const holders = new Map<string, Set<HostGroup>>();
  for (const group of groups)
    for (const at of group.members) {
      const value = hosts[at]?.[field] ?? null;
      if (value === null) continue;
      const known = holders.get(value);
      if (known) known.add(group);
      else holders.set(value, new Set([group]));
    }
  const links = [...holders.values()].filter((linked) => linked.size > 1 && canBeOne([...linked]));
  // Several values can link one group to different groups. If the linked groups cannot all be one host, none is
  // joined.
  return connected(groups, links).flatMap((linked) => (canBeOne(linked) ? [union(linked, hosts)] : linked));
}

/** Divides the groups into sets. Groups that a link or a chain of links connects are in one set. */
function connected(groups: readonly HostGroup[], links: readonly ReadonlySet<HostGroup>[]): HostGroup[][] {
  const setOf = new Map(groups.map((group) => [group, new Set([group])]));
  for (const link of links) {
    const all = new Set([...link].flatMap((group) => [...(setOf.get(group) ?? [])]));
    for (const group of all) setOf.set(group, all);
  }
  return [...new Set(setOf.values())].map((set) => [...set]);
}

function union(groups: readonly HostGroup[], hosts: readonly (HostNames | null)[]): HostGroup {
  const [first] = groups;
  if (first && groups.length === 1) return first;
  const members = groups.flatMap((group) => group.members).sort((a, b) => a - b);
  const result: HostGroup = { host: { hostId: null, agentId: null, name: null }, members: [] };
  for (const at of members) {
    const host = hosts[at];
    if (host) add(result, host, at);
  }
  return result;
}

function haveOneId(groups: readonly HostGroup[]): boolean {
  return groups.filter(({ host }) => host.hostId !== null).length <= 1;
}

function haveOneAgent(groups: readonly HostGroup[]): boolean {
  return groups.filter(({ host }) => host.agentId !== null).length <= 1;
}

function firstOf({ members }: HostGroup): number {
  return members[0] ?? 0;
}
