import { Combinations } from './combinations.js';
import { FileWords } from './file-words.js';
import { NamedHosts } from './named-hosts.js';
import { Words } from './words.js';

export const dictionaryNames = ['hosts', 'namedHosts', 'combinations', 'files'] as const;
export type DictionaryName = (typeof dictionaryNames)[number];

/**
 * The dictionaries of one history: the words that are numbers in DuckDB's tables, and the files, which are numbers in
 * ContentFiles. All other words are plain VARCHAR columns. Each dictionary is worth its code: without it, some
 * question takes more than 1 ms longer (measured with 100,000 images).
 */
export class Vocabulary {
  /** Identities of hosts. */
  readonly hosts = new Words();
  readonly namedHosts = new NamedHosts();
  /** Values of facets. */
  readonly combinations = new Combinations();
  readonly files = new FileWords();

  /** The words stay: their transaction was committed. */
  settle(): void {
    for (const name of dictionaryNames) this[name].settle();
  }

  /** The transaction was rolled back: no row has the words that are not settled. */
  undo(): void {
    for (const name of dictionaryNames) this[name].undo();
  }
}
