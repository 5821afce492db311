const int64Max = 2n ** 63n - 1n;
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads a time that a consumer wrote: RFC 3339, or milliseconds since 1970 up to the largest int64, the range that HSS
 * accepts. @returns undefined for other text and for times before 1970.
 */
export function timeToMs(value: string): bigint | undefined {
  if (/^\d{1,19}$/.test(value)) {
    const ms = BigInt(value);
    return ms <= int64Max ? ms : undefined;
  }
  if (!rfc3339.test(value)) return undefined;
  const ms = Date.parse(value);
  // Date.parse reads the 30th of February as the 1st of March.
  const day = Number(value.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
  return Number.isNaN(ms) || ms < 0 || day > lastDay ? undefined : BigInt(ms);
}
