/**
 * Parses a query string: a single value for each name, an array for a repeated name. Must not throw, because no caller
 * in the router catches errors. A malformed escape stays unchanged here, and the admission refuses the request.
 */
export function parseQueryString(text: string): Record<string, string | string[]> {
  // An object without a prototype makes `__proto__=…` a parameter like any other.
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? '' : decode(pair.slice(at + 1));
    const before = query[name];
    query[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
