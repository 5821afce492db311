import { Postings } from './postings.js';
import { PairNumbers } from './word-pairs.js';

interface Named {
  hostId: string | null;
  name: string | null;
}

/** Numbers for hosts as rows name them: an id together with the name it had there. */
export class HostLabels {
  readonly #labels = new PairNumbers();
  #last = 0;
  readonly #byId = new Postings();
  readonly #byName = new Postings();

  numberOf({ hostId, name }: Named): number {
    const known = this.#labels.get(hostId, name);
    if (known !== undefined) return known;
    const number = (this.#last += 1);
    this.#labels.set(hostId, name, number);
    if (hostId !== null) this.#byId.add(hostId, number);
    if (name !== null) this.#byName.add(name, number);
    return number;
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
