import type { Namespaces } from '../../domain/namespaces.js';
import type { WordField } from '../../domain/words.js';
import type { FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';

/** Tells whether rows of HSS that a consumer sees have a word that this release does not know. */
export interface WordSource {
  seenBy(namespaces: Namespaces | null): { hasNewWord(field: WordField, word: string): boolean };
}

/** A filter for one word: the consumer's text, and the words that are always right. */
interface WordFilter {
  text: string | undefined;
  words: readonly string[];
}

/**
 * Decides which words a filter of HSS's own lists accepts: the words that this release knows, and new words of HSS that
 * the catalog has at this moment. Without a catalog only the known words are right. The routes of the catalog ask the
 * facets of the asked version instead.
 */
export class WordsInUse {
  #source: WordSource | undefined;

  /** The catalog calls this method when the service starts. */
  readFrom(source: WordSource): void {
    this.#source = source;
  }

  /**
   * @param namespaces those that the consumer sees. Null: all.
   * @throws Problem `invalid-request` for a word that is neither known nor in use.
   */
  check(filters: { [Field in WordField]?: WordFilter }, namespaces: Namespaces | null): void {
    const isInUse = (field: WordField, word: string) =>
      this.#source?.seenBy(namespaces).hasNewWord(field, word) === true;
    const errors = (Object.entries(filters) as [WordField, WordFilter][]).flatMap(
      ([field, { text, words }]): FieldError[] => {
        if (text === undefined || words.includes(text) || isInUse(field, text)) return [];
        return [{ field, message: `must be ${words.join(', ')}, or a new word of HSS that the catalog has` }];
      },
    );
    if (errors.length > 0) throw invalid(...errors);
  }
}
