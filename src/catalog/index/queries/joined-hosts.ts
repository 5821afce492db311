import { filledFrom, groupHosts, hostIdentity, type HostNames } from '../../../domain/host-identity.js';
import type { TableReader } from '../tables/engine.js';
import { fold } from '../words/fold.js';
import { Bindings } from './bindings.js';
import { isSeenPlace, type SeenPlaces } from './seen-sql.js';
import type { MeantHost } from '../words/named-hosts.js';
import type { Vocabulary } from '../words/vocabulary.js';

/**
 * The hosts of one version that different images name by different fields: one image tells only the name, another
 * image tells the id too. The rule of the domain decides which of them are one host. The queries and the index use
 * this class. Mostly empty: HSS nearly always tells the id.
 */
export class JoinedHosts {
  /**
   * The numbers of all identities of joined hosts. For each number: the identity of the whole host, and a named host
   * with the name of the whole host (0: the whole host has no name).
   */
  readonly numbers = { identities: [] as number[], wholes: [] as number[], named: [] as number[] };
  /** Joined hosts by the identities of their rows. */
  readonly #wholes = new Map<string, HostNames>();

  constructor(
    private readonly named: readonly number[],
    private readonly vocabulary: Pick<Vocabulary, 'hosts' | 'namedHosts'>,
  ) {
    const rows = named.map((number) => vocabulary.namedHosts.of(number)).sort(inOrder);
    for (const { host, members } of groupHosts(rows)) {
      const identities = new Set(members.flatMap((at) => rows[at] ?? []).map(identityOf));
      if (identities.size > 1) this.#join(host, identities);
    }
  }

  get isEmpty(): boolean {
    return this.#wholes.size === 0;
  }

  /** The row's host. Fields that the row does not tell come from the other rows of a joined host. */
  whole(host: HostNames): HostNames {
    const whole = this.isEmpty ? undefined : this.#wholes.get(identityOf(host));
    return whole ? filledFrom(host, whole) : host;
  }

  /** The numbers of the named hosts that meet the conditions. At least one condition is given. */
  find(meant: MeantHost): number[] {
    const { namedHosts } = this.vocabulary;
    const found = namedHosts.find(meant);
    if (this.isEmpty) return found;
    const isMeant = meantBy(meant);
    const joined = this.named.filter((number) => isMeant(this.whole(namedHosts.of(number))));
    return [...new Set([...found, ...joined])];
  }

  #join(host: HostNames, identities: ReadonlySet<string>): void {
    const { hosts, namedHosts } = this.vocabulary;
    const whole = hosts.find(identityOf(host));
    const named = host.name === null ? 0 : (namedHosts.named(host.name) ?? 0);
    for (const identity of identities) {
      this.#wholes.set(identity, host);
      this.numbers.identities.push(hosts.find(identity));
      this.numbers.wholes.push(whole);
      this.numbers.named.push(named);
    }
  }
}

/** The test whether a host meets the conditions that a filter has on its names. Letter case of names does not count. */
export function meantBy({ hostId, hostName, hostText }: MeantHost): (host: HostNames) => boolean {
  const [folded, part] = [hostName, hostText].map((text) => (text === undefined ? undefined : fold(text)));
  const isNamed = (name: string) =>
    (folded === undefined || name === folded) && (part === undefined || name.includes(part));
  const asksForName = folded !== undefined || part !== undefined;
  return (host) =>
    (hostId === undefined || host.hostId === hostId) &&
    (!asksForName || (host.name !== null && isNamed(fold(host.name))));
}

/** The joined hosts of a version. Asks the tables only if named hosts are linked. */
export async function askJoinedHosts(
  tables: TableReader,
  vocabulary: Vocabulary,
  version: number,
  seen: SeenPlaces,
): Promise<JoinedHosts> {
  const linked = vocabulary.namedHosts.linked();
  if (linked.length === 0) return new JoinedHosts([], vocabulary);
  const bindings = new Bindings();
  const at = bindings.add(version, 'INTEGER');
  const conditions = [
    `i.since <= ${at} AND i.until > ${at}`,
    `named_host IN (SELECT unnest(${bindings.add(linked, 'INTEGER[]')}))`,
    ...isSeenPlace(seen, bindings).map((isSeen) => `num IN (SELECT num FROM places WHERE ${isSeen})`),
  ];
  // Names of other versions must not join or part the hosts of this version.
  const named = await tables.askColumn(
    `SELECT DISTINCT named_host FROM presences JOIN images i USING (num)
    WHERE ${conditions.join(' AND ')}`,
    bindings.values,
  );
  return new JoinedHosts(named as number[], vocabulary);
}

function identityOf(host: HostNames): string {
  return hostIdentity(host) ?? '';
}

/** An order that is the same in every instance: numbers of named hosts differ between instances. */
function inOrder(a: HostNames, b: HostNames): number {
  const [one, other] = [a, b].map(({ hostId, agentId, name }) => JSON.stringify([hostId, agentId, name]));
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
