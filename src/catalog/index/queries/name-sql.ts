import type { ImageFilter, WordField } from '../../model/catalog-query.js';
import { fold } from '../words/fold.js';
import type { Bindings } from './bindings.js';
import { isSeenPlace, type SeenPlaces } from './seen-sql.js';

// The conditions on the names of an image: its registry entries and local rows, in the table `names`.

const columns = {
  namespace: 'namespace',
  name: 'name',
  tag: 'tag',
  registryName: 'registry',
  type: 'type',
} as const satisfies { [Field in WordField]?: string };
const fields = Object.keys(columns) as (keyof typeof columns)[];

/** @param seen only names of these places count. */
export function nameConditions(filter: ImageFilter, seen: SeenPlaces, bindings: Bindings): string[] {
  const { text, except = {} } = filter;
  const inRows = (condition: string) =>
    `num IN (SELECT num FROM names WHERE ${[`(${condition})`, ...isSeenPlace(seen, bindings)].join(' AND ')})`;
  /** No row of the image has a value. */
  const lacks = (column: string) => `NOT ${inRows(`${column} IS NOT NULL`)}`;
  const conditions: string[] = [];
  const ofOneRow: string[] = [];
  for (const field of fields) {
    const words = filter[field];
    if (!words) continue;
    const has = rowHas(field, words, bindings);
    // A condition on the image is much faster than the same condition on each of its rows.
    const isNone = () => lacks(columns[field]);
    if (has.length === 0) conditions.push(isNone());
    else ofOneRow.push(`(${[...has, ...(words.includes(null) ? [isNone()] : [])].join(' OR ')})`);
  }
  if (ofOneRow.length > 0) conditions.push(inRows(ofOneRow.join(' AND ')));
  for (const field of fields) {
    const words = except[field] ?? [];
    const has = rowHas(field, words, bindings);
    if (has.length > 0) conditions.push(`NOT ${inRows(has.join(' OR '))}`);
    if (words.includes(null)) conditions.push(`NOT ${lacks(columns[field])}`);
  }
  if (text !== undefined) conditions.push(inRows(`contains(folded, ${bindings.add(fold(text), 'VARCHAR')})`));
  return conditions;
}

/** For each word a condition that a row has the word. A row without a value has no word. */
function rowHas(
  field: keyof typeof columns,
  words: readonly (string | null)[],
  bindings: Bindings,
): string[] {
  return words
    .filter((word) => word !== null)
    .map((word) => `${columns[field]} = ${bindings.add(field === 'name' ? fold(word) : word, 'VARCHAR')}`);
}
