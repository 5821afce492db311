import type { HostNames } from '../../../domain/host-identity.js';
import type { ImageFilter } from '../../model/catalog-query.js';
import { fold } from './fold.js';
import { PairNumbers } from './pair-numbers.js';
import { Postings } from './postings.js';

/** The conditions of a filter that name a host. */
export type MeantHost = Pick<ImageFilter, 'hostId' | 'hostName' | 'hostText'>;

/**
 * Numbers for hosts as rows name them: the host id, the agent and the name that one row tells. The conditions of
 * a filter on the host must all hold in the same row. A number is never forgotten.
 */
export class NamedHosts {
  /** The first named host with each pair of id (or agent) and name. Further named hosts follow in `#next`. */
  readonly #numbers = new PairNumbers();
  readonly #next = new Map<number, number>();
  readonly #all: HostNames[] = [];
  readonly #postings = { hostId: new Postings(), agentId: new Postings(), name: new Postings() };
  readonly #byFoldedName = new Postings();
  readonly #withoutId: number[] = [];
  #settled = 0;
  #linked: { size: number; numbers: number[] } = { size: 0, numbers: [] };

  numberOf({ hostId, agentId, name }: HostNames): number {
    const key = hostId ?? agentId;
    let last: number | undefined;
    for (let at = this.#numbers.get(key, name); at !== undefined; at = this.#next.get(at)) {
      const known = this.of(at);
      if (known.agentId === agentId && known.hostId === hostId) return at;
      last = at;
    }
    const host = { hostId, agentId, name };
    this.#all.push(host);
    const number = this.#all.length;
    if (last === undefined) this.#numbers.set(key, name, number);
    else this.#next.set(last, number);
    if (hostId === null) this.#withoutId.push(number);
    for (const field of fields) {
      const word = host[field];
      if (word !== null) this.#postings[field].add(word, number);
    }
    if (name !== null) this.#byFoldedName.add(fold(name), number);
    return number;
  }

  of(number: number): HostNames {
    const host = this.#all[number - 1];
    if (!host) throw new RangeError(`No named host ${number}`);
    return host;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Named hosts for a snapshot, piece by piece, in the order of their numbers. */
  saved(from: number, to: number): HostNames[] {
    return this.#all.slice(from, to);
  }

  /** Takes over saved hosts: each named host gets the number it had. */
  restore(hosts: readonly HostNames[]): void {
    for (const host of hosts) this.numberOf(host);
  }

  /** The hosts that came since the last `settle`. The table of named hosts gets them along with the rows. */
  unsettled(): [number: number, host: HostNames][] {
    return this.#all.slice(this.#settled).map((host, index) => [this.#settled + index + 1, host]);
  }

  settle(): void {
    this.#settled = this.size;
  }

  /** A host with exactly this name. */
  named(name: string): number | undefined {
    return this.#postings.name.of(name)[0];
  }

  /**
   * The numbers of the hosts with this id, this name and this part of a name (both in any case); undefined: any.
   * A part is compared with each name, which takes half a millisecond for ten thousand hosts.
   */
  find({ hostId, hostName, hostText }: MeantHost): number[] {
    const lists = [
      ...(hostId === undefined ? [] : [this.#postings.hostId.of(hostId)]),
      ...(hostName === undefined ? [] : [this.#byFoldedName.of(fold(hostName))]),
      ...(hostText === undefined ? [] : [this.#byFoldedName.ofPart(fold(hostText))]),
    ];
    const [first = [], ...others] = lists;
    const sets = others.map((numbers) => new Set(numbers));
    return first.filter((number) => sets.every((numbers) => numbers.has(number)));
  }

  /**
   * The named hosts without an id that share a field with another named host, and all named hosts that a chain of
   * shared fields connects with these. Only these can be one host under several identities. Mostly empty: HSS
   * nearly always tells the id.
   */
  linked(): readonly number[] {
    if (this.#linked.size !== this.size) this.#linked = { size: this.size, numbers: this.#findLinked() };
    return this.#linked.numbers;
  }

  #findLinked(): number[] {
    const seen = new Set<number>();
    // Each word is looked up once: ten thousand hosts can share a name.
    const words = { hostId: new Set<string>(), agentId: new Set<string>(), name: new Set<string>() };
    const linked: number[] = [];
    for (const start of this.#withoutId) {
      if (seen.has(start)) continue;
      seen.add(start);
      const chain = [start];
      // The loop also visits the numbers that its body adds.
      for (const number of chain) {
        const host = this.of(number);
        for (const field of fields) {
          const word = host[field];
          if (word === null || words[field].has(word)) continue;
          words[field].add(word);
          for (const near of this.#postings[field].of(word)) {
            if (seen.has(near)) continue;
            seen.add(near);
            chain.push(near);
          }
        }
      }
      if (chain.length > 1) for (const number of chain) linked.push(number);
    }
    return linked;
  }
}

const fields = ['hostId', 'agentId', 'name'] as const;
