import { fuzzQueries } from '../support/catalog/query-fuzzer.js';
import { atLeast, type Finding } from './findings.js';
import type { Scale } from './fleet.js';

/** Questions of every kind, answered by the catalog's index and by a walk over an array. */
export async function catalogQueries({ questions = 10_000 }: Scale): Promise<Finding[]> {
  return [atLeast('questions answered alike', await fuzzQueries(questions), questions)];
}
