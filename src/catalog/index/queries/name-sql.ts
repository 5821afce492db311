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
  const ofOneRow = fields.flatMap((field) => {
    const words = filter[field];
    return words ? either(words, (word) => rowHas(field, word, bindings), lacks(columns[field])) : [];
  });
  if (ofOneRow.length > 0) conditions.push(inRows(ofOneRow.join(' AND ')));
  for (const field of fields) {
    const words = except[field];
    if (!words) continue;
    conditions.push(
      `NOT ${either(words, (word) => inRows(rowHas(field, word, bindings)), lacks(columns[field]))}`,
    );
  }
  if (text !== undefined) conditions.push(inRows(`contains(folded, ${bindings.add(fold(text), 'VARCHAR')})`));
  return conditions;
}

/** One of the words holds, or the image has no value and null is one of the words. */
function either(words: readonly (string | null)[], holds: (word: string) => string, hasNone: string): string {
  return `(${words.map((word) => (word === null ? hasNone : holds(word))).join(' OR ')})`;
}

function rowHas(field: keyof typeof columns, word: string, bindings: Bindings): string {
  // A NULL must not make the negation NULL.
  return `coalesce(${columns[field]} = ${bindings.add(field === 'name' ? fold(word) : word, 'VARCHAR')}, false)`;
}

function inRows(condition: string): string {
  return `num IN (SELECT num FROM names WHERE ${condition})`;
}

/** No row of the image has a value. */
function lacks(column: string): string {
  return `num NOT IN (SELECT num FROM names WHERE ${column} IS NOT NULL)`;
}
