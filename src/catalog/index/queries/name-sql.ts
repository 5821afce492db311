import type { ImageFilter, WordField } from '../../model/catalog-query.js';
import { fold } from '../words/fold.js';
import type { Bindings } from './bindings.js';

// The conditions on the names of an image: its registry entries and local rows, in the table `names`.

const columns = {
  namespace: 'namespace',
  name: 'name',
  tag: 'tag',
  registryName: 'registry',
  type: 'type',
} as const satisfies { [Field in WordField]?: string };
const fields = Object.keys(columns) as (keyof typeof columns)[];

export function nameConditions(filter: ImageFilter, bindings: Bindings): string[] {
  const { text, except = {} } = filter;
  const conditions: string[] = [];
  const ofOneRow: string[] = [];
  for (const field of fields) {
    const words = filter[field];
    if (!words) continue;
    const has = rowHas(field, words, bindings);
    const isNone = lacks(columns[field]);
    // A condition on the image is much faster than the same condition on each of its rows.
    if (has.length === 0) conditions.push(isNone);
    else ofOneRow.push(`(${[...has, ...(words.includes(null) ? [isNone] : [])].join(' OR ')})`);
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

function inRows(condition: string): string {
  return `num IN (SELECT num FROM names WHERE ${condition})`;
}

/** No row of the image has a value. */
function lacks(column: string): string {
  return `num NOT IN (SELECT num FROM names WHERE ${column} IS NOT NULL)`;
}
