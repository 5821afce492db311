import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';

/**
 * Bytes as they lie in Redis: `catalog-1 checksum\n`, then the bytes, deflated. The work is done off the event loop.
 * What is of another version or has a wrong checksum is nothing.
 */
const mark = 'catalog-1';
const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Speed over size: documents shrink to a tenth at any level. */
const level = 1;
/** A chunk of a base or the content of one image; damaged bytes must not unfold to more. */
const maxBytes = 256 * 1024 * 1024;

export async function encodeForLog(bytes: Buffer): Promise<Buffer> {
  const body = await deflate(bytes, { level });
  return Buffer.concat([Buffer.from(`${mark} ${checksum(body)}\n`), body]);
}

/** @returns undefined for what cannot be read; never throws. */
export async function decodeFromLog(bytes: Buffer | null): Promise<Buffer | undefined> {
  if (bytes === null) return undefined;
  const end = bytes.indexOf('\n');
  const body = bytes.subarray(end + 1);
  if (end < 0 || bytes.toString('latin1', 0, end) !== `${mark} ${checksum(body)}`) return undefined;
  try {
    return await inflate(body, { maxOutputLength: maxBytes });
  } catch {
    return undefined;
  }
}

function checksum(body: Buffer): string {
  return crc32(body).toString(16).padStart(8, '0');
}
