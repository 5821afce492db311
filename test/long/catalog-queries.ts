import { fuzzQueries } from '../support/catalog/query-fuzzer.js';
import { atLeast, type Finding } from './findings.js';
import type { Scale } from './fleet.js';

/** Random queries of every kind: the catalog's index and a plain array must give the same answers. */
export async function catalogQueries({ questions = 10_000 }: Scale): Promise<Finding[]> {
  return [atLeast('questions answered alike', await fuzzQueries(questions), questions)];
}
