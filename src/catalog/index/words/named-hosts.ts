import { PairNumbers } from './pair-numbers.js';
import { Postings } from './postings.js';

interface NamedHost {
  hostId: string | null;
  name: string | null;
}

/**
 * Numbers for hosts as rows name them: a host id together with the name that the host had in this row. The filters
 * `hostId` and `hostName` must both hold in the same row.
 */
export class NamedHosts {
  readonly #numbers = new PairNumbers();
  readonly #all: NamedHost[] = [];
  readonly #byId = new Postings();
  readonly #byName = new Postings();

  numberOf({ hostId, name }: NamedHost): number {
    const known = this.#numbers.get(hostId, name);
    if (known !== undefined) return known;
    this.#all.push({ hostId, name });
    const number = this.#all.length;
    this.#numbers.set(hostId, name, number);
    if (hostId !== null) this.#byId.add(hostId, number);
    if (name !== null) this.#byName.add(name, number);
    return number;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Named hosts for a snapshot, piece by piece, in the order of their numbers. */
  saved(from: number, to: number): NamedHost[] {
    return this.#all.slice(from, to);
  }

  /** Takes over saved hosts: each named host gets the number it had. */
  restore(hosts: readonly NamedHost[]): void {
    for (const host of hosts) this.numberOf(host);
  }

  /** The numbers of the hosts with this id and this name; undefined: any. */
  find(hostId: string | undefined, name: string | undefined): number[] {
    if (hostId === undefined) return name === undefined ? [] : this.#byName.of(name);
    const withId = this.#byId.of(hostId);
    if (name === undefined) return withId;
    const withName = new Set(this.#byName.of(name));
    return withId.filter((number) => withName.has(number));
  }
}
