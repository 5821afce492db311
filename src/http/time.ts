const int64Max = 2n ** 63n - 1n;
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Numbers below this one, the beginning of the century, are taken for seconds. Nothing in a registry is older, and 0
 * is the same moment in both units.
 */
const firstMs = 946_684_800_000n;

/**
 * Reads a time that a consumer wrote: RFC 3339, or milliseconds since 1970 up to the largest int64, the range that HSS
 * accepts. @returns undefined for other text, for times before 1970, and for numbers that look like seconds.
 */
export function timeToMs(value: string): bigint | undefined {
  if (/^\d{1,19}$/.test(value)) {
    const ms = BigInt(value);
    return ms <= int64Max && (ms >= firstMs || ms === 0n) ? ms : undefined;
  }
  if (!rfc3339.test(value)) return undefined;
  const ms = Date.parse(value);
  // Date.parse reads the 30th of February as the 1st of March.
  const day = Number(value.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
  return Number.isNaN(ms) || ms < 0 || day > lastDay ? undefined : BigInt(ms);
}

/** Words for the usual mistakes in a time. @returns undefined for other text. */
export function timeHint(value: string): string | undefined {
  if (/^\d{1,12}$/.test(value) && timeToMs(value) === undefined)
    return `This number looks like seconds: ${BigInt(value)}000 would be its milliseconds`;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value))
    return `A date alone names no moment: ${value}T00:00:00Z is the beginning of this day in UTC`;
  if (/^\d{4}-\d{2}-\d{2}[Tt][\d:.]+ \d{2}:?\d{2}$/.test(value))
    return 'A + in a URL is a blank: write %2B in front of the offset';
  if (/^\d{4}-\d{2}-\d{2}[Tt][\d:.]+$/.test(value)) return 'The offset from UTC is missing: append Z for UTC';
  return undefined;
}
