/**
 * Parses the values of `Cache-Control` (RFC 9111) and `Prefer` (RFC 7240). Several lines of one header arrive joined
 * by commas.
 */

/** The elements of a list: a comma inside quotes separates nothing. */
const elements = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** `name`, `name=token` or `name="text"`. What follows a semicolon are parameters of the element itself. */
const directive = /^([^=;]*)(?:=\s*("(?:[^"\\]|\\.)*"|[^;]*))?/;

/**
 * @returns the values by name. Names are in lower case; a missing value is ''. The first of several directives with
 * one name counts.
 */
export function readDirectives(header: string | string[] | undefined): Map<string, string> {
  const directives = new Map<string, string>();
  if (header === undefined) return directives;
  for (const [text] of String(header).matchAll(elements)) {
    const [, name = '', value = ''] = directive.exec(text) ?? [];
    const key = name.trim().toLowerCase();
    if (key !== '' && !directives.has(key)) directives.set(key, unquoted(value.trim()));
  }
  return directives;
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}

/**
 * @returns ms, for any number of digits; undefined for text that is no number of seconds, which RFC 9111 and RFC 7240
 * want to be ignored.
 */
export function secondsToMs(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}
