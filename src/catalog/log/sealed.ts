import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';

/**
 * Text as bytes in Redis: `catalog-1 checksum\n`, then the text, deflated. The work is done off the event loop. Bytes of
 * another version or with a wrong checksum are nothing.
 */
const mark = 'catalog-1';
const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Speed over size: documents shrink to a tenth at any level. */
const level = 1;
/** A chunk of a base or the content of one image; damaged bytes must not unfold to more. */
const maxBytes = 256 * 1024 * 1024;

export async function seal(text: string): Promise<Buffer> {
  const body = await deflate(Buffer.from(text), { level });
  return Buffer.concat([Buffer.from(`${mark} ${checksum(body)}\n`), body]);
}

/** @returns undefined for what cannot be read; never throws. */
export async function unseal(bytes: Buffer | null): Promise<string | undefined> {
  if (bytes === null) return undefined;
  const end = bytes.indexOf('\n');
  const body = bytes.subarray(end + 1);
  if (end < 0 || bytes.toString('latin1', 0, end) !== `${mark} ${checksum(body)}`) return undefined;
  try {
    return (await inflate(body, { maxOutputLength: maxBytes })).toString();
  } catch {
    return undefined;
  }
}

function checksum(body: Buffer): string {
  return crc32(body).toString(16).padStart(8, '0');
}
