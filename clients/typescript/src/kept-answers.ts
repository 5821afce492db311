/** The last answers with an ETag, so that an unchanged one travels once. The service decides at each request. */
export interface KeptAnswer {
  readonly etag: string;
  readonly text: string;
  readonly headers: Headers;
}

export class KeptAnswers {
  /** The least recently used comes first. */
  readonly #answers = new Map<string, KeptAnswer>();
  #characters = 0;

  /** @param maxCharacters of all texts together; 0 keeps nothing. */
  constructor(private readonly maxCharacters: number) {}

  get(key: string): KeptAnswer | undefined {
    const found = this.#answers.get(key);
    if (found) {
      this.#answers.delete(key);
      this.#answers.set(key, found);
    }
    return found;
  }

  put(key: string, answer: KeptAnswer): void {
    this.#remove(key);
    if (answer.text.length > this.maxCharacters) return;
    this.#answers.set(key, answer);
    this.#characters += answer.text.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#characters <= this.maxCharacters) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#characters -= this.#answers.get(key)?.text.length ?? 0;
    this.#answers.delete(key);
  }
}
