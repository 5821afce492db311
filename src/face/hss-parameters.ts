/**
 * The query parameters of HSS's four image calls, as HSS takes them: an unknown parameter is ignored, an empty one is
 * not set, and a wrong one is refused before it costs a call. Lengths are in characters.
 */
import { hasAtMost } from '../domain/image-coordinates.js';
import { hasUnprintable } from '../http/parameters.js';
import { int64Max } from '../json/lossless.js';
import { invalid } from './gateway-error.js';

/** Checks one value. @returns what the value must be, or undefined for a good value. */
type Rule = (value: string) => string | undefined;

/** The parameters of one call by name, and HSS's bounds of `limit`. */
export interface ParameterTable {
  rules: Readonly<Record<string, Rule>>;
  limit: { least: number; most: number };
}

export function text(most: number): Rule {
  return (value) =>
    hasAtMost(most, value) && !hasUnprintable(value)
      ? undefined
      : `must have at most ${most} characters, none of them a control character`;
}

export function oneOf(...words: readonly string[]): Rule {
  return (value) => (words.includes(value) ? undefined : `must be one of ${words.join(', ')}`);
}

export function wholeNumber(most: bigint = int64Max): Rule {
  return (value) =>
    /^\d{1,19}$/.test(value) && BigInt(value) <= most ? undefined : `must be an integer from 0 to ${most}`;
}

export const flag = oneOf('true', 'false');

export interface ReadParameters {
  /** The parameters that are set, without the page. */
  query: Record<string, string>;
  offset: number;
  limit: number;
}

/** HSS's own default and bound. */
const defaultLimit = 10;
const furthestOffset = 2_000_000;

/** @throws GatewayError HSS.0001. */
export function readParameters(
  pairs: readonly (readonly [name: string, value: string])[],
  { rules, limit: bounds }: ParameterTable,
): ReadParameters {
  const given = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (value === '' || !(Object.hasOwn(rules, name) || name === 'limit' || name === 'offset')) continue;
    if (given.has(name)) throw invalid(`${name} is given twice`);
    given.set(name, value);
  }
  const offset = pageNumber(given, 'offset', 0, 0, furthestOffset);
  const limit = pageNumber(given, 'limit', defaultLimit, bounds.least, bounds.most);
  const query: Record<string, string> = {};
  for (const [name, value] of given) {
    const fault = rules[name]?.(value);
    if (fault !== undefined) throw invalid(`${name} ${fault}`);
    if (name in rules) query[name] = value;
  }
  return { query, offset, limit };
}

function pageNumber(
  given: ReadonlyMap<string, string>,
  name: string,
  usual: number,
  least: number,
  most: number,
): number {
  const text = given.get(name);
  if (text === undefined) return usual;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw invalid(`${name} must be from ${least} to ${most}`);
  return number;
}
