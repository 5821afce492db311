import { crc32 } from 'node:zlib';

/*
 * The frame around bytes in Redis: `label checksum\n`, then the body. Used by the cache for entries and by the
 * catalog for its log. The frame detects damaged bytes; the caller decides what label and body mean.
 */

/** Speed over size: lists and documents shrink to a tenth at any level. */
export const deflateLevel = 1;

/** The longest first line, which holds label and checksum. Bytes without a line end in this range carry no frame. */
const headerWithinBytes = 64;

export interface SealOptions {
  /** True if the label varies: the checksum then covers `label\n` and the body, otherwise only the body. */
  coversLabel?: boolean;
}

/** @param label holds no space and no line end. */
export function seal(label: string, body: Buffer, options: SealOptions = {}): Buffer {
  return Buffer.concat([Buffer.from(`${label} ${checksum(label, body, options)}\n`), body]);
}

/** @returns undefined for bytes without a frame or with a wrong checksum. */
export function unseal(
  bytes: Buffer,
  options: SealOptions = {},
): { label: string; body: Buffer } | undefined {
  const end = bytes.subarray(0, headerWithinBytes).indexOf('\n');
  if (end < 0) return undefined;
  const header = bytes.toString('latin1', 0, end);
  const space = header.indexOf(' ');
  const label = header.slice(0, Math.max(space, 0));
  const body = bytes.subarray(end + 1);
  return header.slice(space + 1) === checksum(label, body, options) ? { label, body } : undefined;
}

function checksum(label: string, body: Buffer, { coversLabel = false }: SealOptions): string {
  const sum = coversLabel ? crc32(body, crc32(`${label}\n`)) : crc32(body);
  return sum.toString(16).padStart(8, '0');
}
