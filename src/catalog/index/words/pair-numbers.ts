/**
 * The number of each pair of words. A nested map: a joined string as a key would have to be made for every look-up.
 */
export class PairNumbers {
  readonly #numbers = new Map<string | null, Map<string | null, number>>();

  get(first: string | null, second: string | null): number | undefined {
    return this.#numbers.get(first)?.get(second);
  }

  set(first: string | null, second: string | null, number: number): void {
    const known = this.#numbers.get(first);
    if (known) known.set(second, number);
    else this.#numbers.set(first, new Map([[second, number]]));
  }

  delete(first: string | null, second: string | null): void {
    const known = this.#numbers.get(first);
    known?.delete(second);
    if (known?.size === 0) this.#numbers.delete(first);
  }
}
