import type { WordField } from '../model/catalog-query.js';

// The form of words in a filter: several words with commas between them, `!` in front of a word to leave it out,
// `~null` for images without a value. A backslash makes the next character a plain one.

/** The word for a value that is not known (null). */
const nullWord = '~null';
/** Severity and scan status have a second word for null. */
const alsoNull: { [Field in WordField]?: string } = { severity: 'unknown', scanStatus: 'unknown' };

/** A layer that HSS lists has a name or a version. */
export function isWithoutNull(field: WordField): boolean {
  return field === 'baseOsName' || field === 'baseOsVersion';
}

type Word = string | null;

interface GivenWords {
  any: Word[];
  none: Word[];
}

/** One word with the comma in front of it: characters that are no signs, and escaped characters. */
const written = /(?:^|(?!^),)((?:[^\\,]|\\.)+)/gsu;

/**
 * Reads the words of one field. @returns undefined for an empty word, a word given twice, a last backslash, or a null
 * that the field does not have.
 */
export function readWords(field: WordField, text: string): GivenWords | undefined {
  const given: GivenWords = { any: [], none: [] };
  const matches = [...text.matchAll(written)];
  if (matches.map(([match]) => match).join('') !== text) return undefined;
  for (const [, match = ''] of matches) {
    const isExcept = match.startsWith('!');
    const word = readWord(field, isExcept ? match.slice(1) : match);
    const words = isExcept ? given.none : given.any;
    if (word === '' || words.includes(word) || (word === null && isWithoutNull(field))) return undefined;
    words.push(word);
  }
  return given;
}

function readWord(field: WordField, text: string): Word {
  return text === nullWord || text === alsoNull[field] ? null : text.replace(/\\(.)/gsu, '$1');
}

/** The word of a filter that selects exactly this value. */
export function writeWord(field: string, value: Word): string {
  if (value === null) return nullWord;
  const escaped = value.replace(/[\\,]/g, '\\$&');
  const isSign = value.startsWith('!') || value === nullWord || value === alsoNull[field as WordField];
  return isSign ? `\\${escaped}` : escaped;
}
