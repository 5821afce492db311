/**
 * Makes equal texts one string: a hundred thousand rows repeat the same few thousand words, and each parsed document
 * brings strings of its own.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  of(text: string | null): string | null {
    if (text === null) return null;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  /** Rows keep their strings; later rows share among themselves. */
  clear(): void {
    this.#texts.clear();
  }
}
