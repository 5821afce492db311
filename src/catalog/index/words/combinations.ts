import type { FacetName } from '../../model/catalog-query.js';
import { Words } from './words.js';

type Combination = { [Name in FacetName]?: string | null | undefined };

/**
 * Numbers for values of several facets together: a single column of the table `images` counts all facets with few values.
 * This takes a third or a quarter of the time of counting each facet.
 */
export class Combinations extends Words {
  /** Parsed texts by number. Parsing them for each question would take a millisecond. */
  readonly #values: [FacetName, string | null][][] = [];

  numberOfAll(combination: Combination): number {
    // JSON leaves out undefined.
    return this.numberOf(JSON.stringify(combination));
  }

  valuesOf(number: number): [FacetName, string | null][] {
    return (this.#values[number] ??= Object.entries(JSON.parse(this.textOf(number) ?? '{}') as object) as [
      FacetName,
      string | null,
    ][]);
  }
}
