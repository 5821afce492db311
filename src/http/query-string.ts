/**
 * Parses a query string into single values, arrays for what is repeated. Must not throw: the router calls it
 * outside of anything that would catch. A malformed escape stays as it is here, and the edge refuses the request.
 */
export function parseQueryString(text: string): Record<string, string | string[]> {
  // Without a prototype, so that `__proto__=…` is a parameter like any other.
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
