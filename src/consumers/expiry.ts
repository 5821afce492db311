const dayMs = 86_400_000;
/** The last millisecond that RFC 3339 can write. */
const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const dateForm = /^\d{4}-\d{2}-\d{2}$/;
const timeForm = /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads the end of a key: a date, which counts to the end of that day in UTC, or a time as RFC 3339.
 * @returns the wall time in ms from which the key is refused; undefined for other text.
 */
export function readExpiry(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const date = dateForm.test(text) ? text : timeForm.exec(text)?.[1];
  if (date === undefined || !isDay(date)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  return Math.min(date === text ? ms + dayMs : ms, lastTime);
}

/** Date.parse reads the 30th of February as the 1st of March. */
function isDay(date: string): boolean {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
