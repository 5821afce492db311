const imfFixdate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads a date in HTTP's format (RFC 9110's IMF-fixdate). Date.parse alone accepts nearly any text: `1.5` is a
 * day in 2001.
 * @returns wall time in ms, null for any other text.
 */
export function readHttpDate(text: string | null): number | null {
  const at = imfFixdate.test(text ?? '') ? Date.parse(text ?? '') : NaN;
  return Number.isNaN(at) ? null : at;
}
