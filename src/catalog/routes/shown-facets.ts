import type { Facet } from '../model/catalog-query.js';
import { writeWord } from './filter-words.js';

/** Facets as answers show them. `filter` is the text that the parameter of the same name takes for the value. */
export function shownFacets(facets: Readonly<Record<string, Facet>>): Record<string, object[]> {
  return Object.fromEntries(
    Object.entries(facets).map(([name, values]) => [
      name,
      values.map(({ value, count }) => ({ value, filter: writeWord(name, value), count })),
    ]),
  );
}
