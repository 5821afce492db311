import { Dictionary } from './dictionary.js';

/**
 * Numbers for texts that many rows share: compared and counted as integers by the query engine, translated here. Grows
 * with the variety of what HSS says, not with the number of images. Numbers differ between instances, so no order and
 * no cursor may be made of them.
 */
export class Words extends Dictionary<string> {
  readonly #numbers = new Map<string, number>();

  /** 0 for null. */
  numberOf(text: string | null): number {
    return text === null ? 0 : (this.#numbers.get(text) ?? this.learn(text));
  }

  /** For questions: a word that no row has is not learned. -1 equals no row's. */
  find(text: string | null): number {
    return text === null ? 0 : (this.#numbers.get(text) ?? -1);
  }

  textOf(number: number): string | null {
    return this.at(number);
  }

  protected override put(text: string, number: number): void {
    this.#numbers.set(text, number);
  }

  protected override drop(text: string): void {
    this.#numbers.delete(text);
  }
}
