import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { deflateLevel, seal, unseal } from '../../bytes/sealed-bytes.js';

/*
 * Bytes of the catalog's log as they lie in Redis: `catalog-1 checksum\n`, then the bytes, deflated. Deflating and
 * inflating run off the event loop. Damaged bytes and other versions are read as "nothing", never as an error.
 */

const formLabel = 'catalog-1';
const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Damaged bytes must not inflate to more than this. A chunk of a base or the content of one image is far smaller. */
const maxBytes = 256 * 1024 * 1024;
/** Holds a whole chunk of a base. zlib's 16 KiB would take twenty turns of the thread pool for one chunk. */
const chunkSize = 512 * 1024;

export async function encodeForLog(bytes: Buffer): Promise<Buffer> {
  return seal(formLabel, await deflate(bytes, { level: deflateLevel }));
}

/** @returns undefined for bytes that cannot be read; never throws. */
export async function decodeFromLog(bytes: Buffer | null): Promise<Buffer | undefined> {
  const { label, body } = (bytes && unseal(bytes)) ?? {};
  if (label !== formLabel || body === undefined) return undefined;
  try {
    return await inflate(body, { chunkSize, maxOutputLength: maxBytes });
  } catch {
    return undefined;
  }
}
