/**
 * The query as a Java gateway reads it: '+' is a space, the rest is percent-decoded. Text that is not valid
 * percent-encoding stays as it came, so that a bad query is refused by its own check and not by a crash here.
 */
export type QueryPair = readonly [name: string, value: string];

export function parseQuery(rawQuery: string): QueryPair[] {
  return rawQuery
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals === -1
        ? [decode(part), '']
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

/** HSS documents no repeated parameter: the first one counts. */
export function firstValues(pairs: readonly QueryPair[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) if (!values.has(name)) values.set(name, value);
  return values;
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
