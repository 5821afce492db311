import { Dictionary } from './dictionary.js';

/**
 * Numbers for long texts that many rows share: DuckDB compares and counts integers. The numbers differ between
 * instances, so no order and no cursor may depend on them.
 */
export class Words extends Dictionary<string> {
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    return this.#numbers.get(text) ?? this.learn(text);
  }

  /** For questions: no row has an unknown text, and -1 equals no row's number. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
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
