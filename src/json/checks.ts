/**
 * Checks of parsed JSON that another release or another program may have written. Used by the readers of everything
 * that lies in Redis; the readers decide what an unexpected form means.
 */
export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string';
export const isBoolean: Check = (value) => typeof value === 'boolean';
/** JSON cannot hold NaN, but `1e999` is Infinity. */
export const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
/** A whole number from 0 on that is exact. */
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Wall time in ms that a Date can hold: another number would fail when an answer shows it. */
export const isTime: Check = (value) => isNumber(value) && Math.abs(value as number) <= 8.64e15;
/** A length of time in ms, up to a month: the sum of such lengths and a time is a time. */
export const isSpan: Check = (value) =>
  isNumber(value) && (value as number) >= 0 && (value as number) <= 2.7e9;

export function isOneOf(...words: readonly string[]): Check {
  return (value) => words.includes(value as string);
}

export function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

export function orMissing(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function isListOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** An object whose values all pass the check. */
export function isMapOf(check: Check): Check {
  return (value) => isObject(value) && Object.values(value).every(check);
}

/** An object with these fields. It can have further fields: those of a newer release. */
export function hasFields(fields: Record<string, Check>): Check {
  const checks = Object.entries(fields);
  return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
