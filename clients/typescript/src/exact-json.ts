/**
 * Reads JSON without loss of digits. The service writes int64 values as plain numbers, and JSON.parse rounds above 2^53,
 * so int64 values become texts: always, whatever their size, so that a field has one type.
 */

/** Where int64 values are, by field name. Lists are transparent. */
export type Int64Places = true | { readonly [field: string]: Int64Places };

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** All integers of 15 digits are exact. */
const longInteger = /^-?\d{16,}$/;
/** Finds each long integer, and seldom a text: digests have 16 digits in a row, too. */
const maybeLongInteger = /(?:^|[:,[])\s*-?\d{16}/;

/** @throws SyntaxError */
export function parseExact(text: string, places: Int64Places | undefined): unknown {
  const exact = maybeLongInteger.test(text)
    ? text.replace(stringOrNumber, (token) => (longInteger.test(token) ? `"${token}"` : token))
    : text;
  const value: unknown = JSON.parse(exact);
  return places === undefined ? value : withTexts(value, places);
}

function withTexts(value: unknown, places: Int64Places): unknown {
  if (Array.isArray(value)) return value.map((each) => withTexts(each, places));
  if (places === true) return typeof value === 'number' ? String(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const [name, inner] of Object.entries(places))
    if (name in fields) fields[name] = withTexts(fields[name], inner);
  return fields;
}
