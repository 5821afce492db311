import type { FacetName } from '../../model/catalog-query.js';
import type { Words } from './words.js';

/** Facets of few values: one number says which an image has of all of them, so that one column counts them all. */
const combined = [
  'severity',
  'scanStatus',
  'onHosts',
  'running',
  'multiArch',
  'type',
  'registryName',
  'baseOs',
] as const satisfies FacetName[];

/** A value of each, as its number; null where it is counted from another table. */
type Combination = Record<(typeof combined)[number], number | null>;

export function combinationNumber(values: Combination, words: Words): number {
  return words.numberOf(JSON.stringify(combined.map((name) => values[name])));
}

export function combinationOf(number: number, words: Words): [FacetName, number | null][] {
  const values = JSON.parse(words.textOf(number) ?? '[]') as (number | null)[];
  return combined.map((name, index) => [name, values[index] ?? null]);
}
