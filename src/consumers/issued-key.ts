import { crc32 } from 'node:zlib';
import { randomBytes } from 'node:crypto';

const prefix = 'hssbff_';
const checksumLength = 6;

/**
 * A new key: `hssbff_`, 32 random bytes, and a checksum. Secret scanners find the prefix, and the checksum tells a real
 * key from a text that looks like one. The form is `[A-Za-z0-9_-]`, like that of every key.
 */
export function newKey(): string {
  const body = prefix + randomBytes(32).toString('base64url');
  return body + checksumOf(body);
}

/** The CRC-32 of what stands before, in base64url. */
function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64url').slice(0, checksumLength);
}
