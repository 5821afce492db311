import { createCipheriv, createDecipheriv, createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { CursorKey } from '../model/cursor-key.js';

/*
 * Opaque texts that consumers hand back: eight characters with the id of the key, twenty with the authentication, then
 * the encrypted content: it counts steps and images that the consumer may not see. All of it is base64url. Equal contents
 * have equal texts on every instance that has the same key.
 */

/** The use of a text. A text for one use is refused for another. */
export type SealUse = 'cursor' | 'mark';

const idLength = 8;
/** 120 bits. */
const macLength = 20;

export function sealText(key: CursorKey, use: SealUse, content: string): string {
  const mac = macOf(key, use, content);
  const cipher = createCipheriv(algorithm, ...cipherKey(key, mac));
  const coded = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]).toString('base64url');
  return key.id + mac + coded;
}

/**
 * @returns the content; `unknown-key` for a text of another key; `changed` for every text that was not written with
 * this key for this use.
 */
export function openText(
  key: CursorKey,
  use: SealUse,
  text: string,
): { content: string } | 'changed' | 'unknown-key' {
  const coded = text.slice(idLength + macLength);
  const isForm = /^[A-Za-z0-9_-]+$/.test(text) && coded.length > 0;
  if (!isForm) return 'changed';
  if (text.slice(0, idLength) !== key.id) return 'unknown-key';
  const bytes = Buffer.from(coded, 'base64url');
  // Several texts can stand for the same bytes.
  if (bytes.toString('base64url') !== coded) return 'changed';
  const mac = text.slice(idLength, idLength + macLength);
  const decipher = createDecipheriv(algorithm, ...cipherKey(key, mac));
  const content = Buffer.concat([decipher.update(bytes), decipher.final()]).toString();
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, use, content)))) return 'changed';
  return { content };
}

function macOf(key: CursorKey, use: SealUse, content: string): string {
  return createHmac('sha256', key.secret)
    .update(`${use} ${key.id} ${content}`)
    .digest('base64url')
    .slice(0, macLength);
}

const algorithm = 'aes-256-ctr';

/** The nonce comes from the authentication, so only equal contents have the same one. */
function cipherKey({ secret }: CursorKey, mac: string): [key: Buffer, nonce: Buffer] {
  const key = createHmac('sha256', secret).update('cipher').digest();
  return [key, hash('sha256', mac, 'buffer').subarray(0, 16)];
}
