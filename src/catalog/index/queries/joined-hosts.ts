import { filledFrom, groupHosts, hostIdentity, type HostNames } from '../../../domain/host-identity.js';
import type { Engine } from '../tables/engine.js';
import { fold } from '../words/fold.js';
import type { Vocabulary } from '../words/vocabulary.js';
import type { Words } from '../words/words.js';

/**
 * The hosts of one version that different images name by different fields: one image tells only the name, another
 * image tells the id too. The rule of the domain decides which of them are one host. The queries and the index use
 * this class. Mostly empty: HSS nearly always tells the id.
 */
export class JoinedHosts {
  /** The numbers of all identities of joined hosts, and for each number the identity of the whole host. */
  readonly numbers: { identities: number[]; wholes: number[] } = { identities: [], wholes: [] };
  /** Joined hosts by the identities of their rows. */
  readonly #wholes = new Map<string, HostNames>();

  constructor(
    private readonly named: readonly number[],
    private readonly vocabulary: Pick<Vocabulary, 'hosts' | 'namedHosts'>,
  ) {
    const rows = named.map((number) => vocabulary.namedHosts.of(number)).sort(inOrder);
    for (const { host, members } of groupHosts(rows)) {
      const identities = new Set(members.flatMap((at) => rows[at] ?? []).map(identityOf));
      if (identities.size > 1) this.#join(host, identities, vocabulary.hosts);
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

  /** The numbers of the named hosts with this id and this name; undefined: any. At least one of both is given. */
  find(hostId: string | undefined, name: string | undefined): number[] {
    const { namedHosts } = this.vocabulary;
    const found = namedHosts.find(hostId, name);
    if (this.isEmpty) return found;
    const joined = this.named.filter((number) => isMeant(this.whole(namedHosts.of(number)), hostId, name));
    return [...new Set([...found, ...joined])];
  }

  #join(host: HostNames, identities: ReadonlySet<string>, hosts: Words): void {
    const whole = hosts.find(identityOf(host));
    for (const identity of identities) {
      this.#wholes.set(identity, host);
      this.numbers.identities.push(hosts.find(identity));
      this.numbers.wholes.push(whole);
    }
  }
}

/** Whether the host has this id and this name (in any case); undefined: any. */
export function isMeant(host: HostNames, hostId: string | undefined, name: string | undefined): boolean {
  const isNamed = name === undefined || (host.name !== null && fold(host.name) === fold(name));
  return isNamed && (hostId === undefined || host.hostId === hostId);
}

/** The joined hosts of a version. Asks the tables only if named hosts are linked. */
export async function askJoinedHosts(
  engine: Engine,
  vocabulary: Vocabulary,
  version: number,
): Promise<JoinedHosts> {
  const linked = vocabulary.namedHosts.linked();
  if (linked.length === 0) return new JoinedHosts([], vocabulary);
  // Names of other versions must not join or part the hosts of this version.
  const named = await engine.askColumn(
    `SELECT DISTINCT named_host FROM presences JOIN images i USING (num)
    WHERE i.since <= $1 AND i.until > $1 AND named_host IN (SELECT unnest($2::INTEGER[]))`,
    [version, linked],
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
