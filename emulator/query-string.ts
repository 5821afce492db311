/**
 * Reads a query as a Java gateway does: '+' is a space, the rest is percent-decoded. Text with invalid
 * percent-encoding stays unchanged, so that the parameter's own check refuses a bad query instead of a crash
 * here.
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

/** HSS documents no repeated parameters: the first value counts. */
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
