/**
 * Writes JSON with whole 64-bit integers. HSS sends ids and sizes up to 9223372036854775807. JSON.stringify
 * refuses a bigint, and a number would lose digits above 2^53, so this file writes the digits itself.
 */
export type Int64 = number | bigint;

export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  // Writes lists item by item: only few rows hold an integer that JSON.stringify refuses.
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null || !holdsBigInteger(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${toJson(member)}`);
  return `{${members.join(',')}}`;
}

function holdsBigInteger(value: object): boolean {
  return Object.values(value).some(
    (member: unknown) =>
      typeof member === 'bigint' ||
      (typeof member === 'object' && member !== null && holdsBigInteger(member)),
  );
}
