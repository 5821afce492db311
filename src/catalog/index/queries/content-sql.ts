import type { ImageFilter, Words } from '../../model/catalog-query.js';
import { fold } from '../words/fold.js';
import type { Vocabulary } from '../words/vocabulary.js';
import type { Bindings } from './bindings.js';

// The conditions on the content of an image: the layers of its base OS, and its files.

/** A condition on content. `open` names the column that is true if the content may be different by now. */
export interface ContentCondition {
  matches: string;
  open: string;
}

export function contentConditions(
  filter: ImageFilter,
  vocabulary: Vocabulary,
  /** The contents with a file that the filter asks for, as bits. Undefined: the filter asks for no file. */
  contentsFound: Uint8Array | undefined,
  bindings: Bindings,
): ContentCondition[] {
  const os = [
    ...layerConditions(filter, vocabulary, bindings),
    ...exceptConditions(filter.except ?? {}, vocabulary, bindings),
  ];
  const conditions: ContentCondition[] = [];
  if (os.length > 0) conditions.push({ matches: `(${os.join(' AND ')})`, open: 'i.os_open' });
  if (contentsFound) conditions.push({ matches: isIn(contentsFound, bindings), open: 'i.files_open' });
  return conditions;
}

/** DuckDB refuses to read a bit behind the last one: a later version has such contents. */
function isIn(contents: Uint8Array, bindings: Bindings): string {
  const isKnown = `i.content < ${bindings.add(contents.length * 8, 'INTEGER')}`;
  return `CASE WHEN ${isKnown} THEN get_bit(${bindings.add(contents, 'BIT')}, i.content) = 1 ELSE false END`;
}

const hasOs = 'i.content IN (SELECT content FROM base_os WHERE facet IS NOT NULL)';

/** One layer has a word of each field. Only an image without any base OS has the null of `baseOs`. */
function layerConditions(words: Words, vocabulary: Vocabulary, bindings: Bindings): string[] {
  const ofOneLayer = layerFields.flatMap((field) => {
    const given = words[field];
    return given ? [anyOf(field, given, vocabulary, bindings)] : [];
  });
  if (ofOneLayer.length === 0) return [];
  const layer = inLayers(ofOneLayer.join(' AND '));
  return [ofOneLayer.length === 1 && words.baseOs?.includes(null) ? `(${layer} OR NOT ${hasOs})` : layer];
}

/** No layer has one of the words. Only content that cannot be different by now proves that. */
function exceptConditions(words: Words, vocabulary: Vocabulary, bindings: Bindings): string[] {
  return layerFields.flatMap((field) => {
    const given = words[field];
    if (!given) return [];
    const none = given.some((word) => word !== null)
      ? [`NOT ${inLayers(anyOf(field, given, vocabulary, bindings))} AND NOT i.os_open`]
      : [];
    return given.includes(null) ? [...none, hasOs] : none;
  });
}

const layerFields = ['baseOs', 'baseOsName', 'baseOsVersion'] as const;

/** The condition that a row of `base_os` has one of the words. */
function anyOf(
  field: (typeof layerFields)[number],
  words: readonly (string | null)[],
  { combinations }: Vocabulary,
  bindings: Bindings,
): string {
  const conditions = words.flatMap((word) => {
    if (word === null) return [];
    if (field === 'baseOs')
      return `facet = ${bindings.add(combinations.findAll({ baseOs: word }), 'INTEGER')}`;
    const text = bindings.add(fold(word), 'VARCHAR');
    return field === 'baseOsName' ? `name = ${text}` : isVersion(text);
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}

/** `9` is the version 9, 9.13 and 9-SP1, but not 90: after the text no letter and no digit may follow. */
function isVersion(text: string): string {
  return `(starts_with(version, ${text}) AND NOT regexp_matches(substr(version, length(${text}) + 1, 1), '[\\pL\\pN]'))`;
}

function inLayers(condition: string): string {
  return `i.content IN (SELECT content FROM base_os WHERE ${condition})`;
}
