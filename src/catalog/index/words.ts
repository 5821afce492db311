/**
 * Numbers for texts that many rows share: compared and counted as integers by the query engine, translated here. Grows
 * with the variety of what HSS says, not with the number of images. Numbers differ between instances, so no order and
 * no cursor may be made of them.
 */
export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: (string | null)[] = [null];
  #settled = 1;

  /** 0 for null. */
  numberOf(text: string | null): number {
    if (text === null) return 0;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#texts.push(text);
    this.#numbers.set(text, this.#texts.length - 1);
    return this.#texts.length - 1;
  }

  /** For questions: a word that no row has is not learned. -1 equals no row's. */
  find(text: string | null): number {
    return text === null ? 0 : (this.#numbers.get(text) ?? -1);
  }

  textOf(number: number): string | null {
    return this.#texts[number] ?? null;
  }

  /** Those that came since they were last settled; what is told the query engine along with the rows. */
  unsettled(): [number: number, text: string][] {
    return this.#texts.slice(this.#settled).map((text, index) => [this.#settled + index, text ?? '']);
  }

  settle(): void {
    this.#settled = this.#texts.length;
  }

  /** Forgets what was not settled, since the query engine has not heard of it. */
  undo(): void {
    for (const text of this.#texts.splice(this.#settled)) if (text !== null) this.#numbers.delete(text);
  }
}
