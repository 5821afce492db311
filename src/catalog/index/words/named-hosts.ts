import type { HostNames } from '../../../domain/host-identity.js';
import type { ImageFilter } from '../../model/catalog-query.js';
import { Dictionary } from './dictionary.js';
import { fold } from './fold.js';
import { PairNumbers } from './pair-numbers.js';
import { Postings } from './postings.js';

/** The conditions of a filter that name a host. */
export type MeantHost = Pick<ImageFilter, 'hostId' | 'hostName' | 'hostText'>;

/**
 * Numbers for hosts as rows name them: the host id, the agent and the name that one row tells. The conditions of
 * a filter on the host must all hold in the same row.
 */
export class NamedHosts extends Dictionary<HostNames> {
  /** The first named host with each pair of id (or agent) and name. Further named hosts follow in `#next`. */
  readonly #numbers = new PairNumbers();
  readonly #next = new Map<number, number>();
  readonly #postings = { hostId: new Postings(), agentId: new Postings(), name: new Postings() };
  readonly #byFoldedName = new Postings();
  readonly #withoutId = new Set<number>();
  /** What `linked` found; undefined after a change. */
  #linked: number[] | undefined;

  numberOf({ hostId, agentId, name }: HostNames): number {
    // No list is made here: this runs for each row of each changed image.
    let at = this.#numbers.get(hostId ?? agentId, name);
    for (; at !== undefined; at = this.#next.get(at)) {
      const known = this.of(at);
      if (known.agentId === agentId && known.hostId === hostId) return at;
    }
    return this.learn({ hostId, agentId, name });
  }

  of(number: number): HostNames {
    const host = this.at(number);
    if (!host) throw new RangeError(`No named host ${number}`);
    return host;
  }

  protected override put(host: HostNames, number: number): void {
    const last = this.#chain(host).at(-1);
    if (last === undefined) this.#numbers.set(keyOf(host), host.name, number);
    else this.#next.set(last, number);
    if (host.hostId === null) this.#withoutId.add(number);
    for (const [postings, word] of this.#postingsOf(host)) postings.add(word, number);
    this.#linked = undefined;
  }

  protected override drop(host: HostNames, number: number): void {
    const chain = this.#chain(host);
    const before = chain[chain.indexOf(number) - 1];
    const after = this.#next.get(number);
    this.#next.delete(number);
    if (before !== undefined && after !== undefined) this.#next.set(before, after);
    else if (before !== undefined) this.#next.delete(before);
    else if (after !== undefined) this.#numbers.set(keyOf(host), host.name, after);
    else this.#numbers.delete(keyOf(host), host.name);
    this.#withoutId.delete(number);
    for (const [postings, word] of this.#postingsOf(host)) postings.delete(word, number);
    this.#linked = undefined;
  }

  /** The numbers of all named hosts with the same name and the same id or agent. Nearly always one. */
  #chain(host: HostNames): number[] {
    const chain: number[] = [];
    let at = this.#numbers.get(keyOf(host), host.name);
    for (; at !== undefined; at = this.#next.get(at)) chain.push(at);
    return chain;
  }

  #postingsOf(host: HostNames): [postings: Postings, word: string][] {
    const found: [Postings, string][] = [];
    for (const field of fields) {
      const word = host[field];
      if (word !== null) found.push([this.#postings[field], word]);
    }
    if (host.name !== null) found.push([this.#byFoldedName, fold(host.name)]);
    return found;
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
    return (this.#linked ??= this.#findLinked());
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

function keyOf({ hostId, agentId }: HostNames): string | null {
  return hostId ?? agentId;
}
