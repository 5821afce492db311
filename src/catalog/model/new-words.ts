import { isNewWord, type WordField } from '../../domain/words.js';
import type { ImageDocument } from './documents.js';

const none: readonly string[] = [];

/** The words in the rows of an image that HSS has added after this release was made, each once. Nearly always none. */
export function newWordsOf({ entries, onHosts }: ImageDocument): readonly string[] {
  let found: Set<string> | undefined;
  const look = (field: WordField, word: string | null) => {
    if (isNewWord(field, word)) (found ??= new Set()).add(newWord(field, word));
  };
  for (const { row } of [...entries, ...onHosts]) {
    look('severity', row.severity);
    look('scanStatus', row.scan.status);
    if ('type' in row) look('type', row.type);
    else look('localType', row.localType);
  }
  return found ? [...found] : none;
}

/** A word together with its field, as one text. */
export function newWord(field: WordField, word: string): string {
  return `${field} ${word}`;
}
