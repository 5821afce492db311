import { Postings } from './postings.js';
import { PairNumbers } from './word-pairs.js';

interface Named {
  hostId: string | null;
  name: string | null;
}

/** Numbers for hosts as rows name them: an id together with the name it had there. */
export class NamedHosts {
  readonly #labels = new PairNumbers();
  readonly #all: Named[] = [];
  readonly #byId = new Postings();
  readonly #byName = new Postings();

  numberOf({ hostId, name }: Named): number {
    const known = this.#labels.get(hostId, name);
    if (known !== undefined) return known;
    this.#all.push({ hostId, name });
    const number = this.#all.length;
    this.#labels.set(hostId, name, number);
    if (hostId !== null) this.#byId.add(hostId, number);
    if (name !== null) this.#byName.add(name, number);
    return number;
  }

  get size(): number {
    return this.#all.length;
  }

  /** What makes the same numbers again, piece by piece. */
  saved(from: number, to: number): Named[] {
    return this.#all.slice(from, to);
  }

  restore(hosts: readonly Named[]): void {
    for (const host of hosts) this.numberOf(host);
  }

  /** @param hostId and name: one and the same host must have both. */
  find(hostId: string | undefined, name: string | undefined): number[] {
    if (hostId === undefined) return name === undefined ? [] : this.#byName.of(name);
    const found = this.#byId.of(hostId);
    if (name === undefined) return found;
    const named = new Set(this.#byName.of(name));
    return found.filter((label) => named.has(label));
  }
}
