import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CursorKey } from '../model/cursor-key.js';

/*
 * Opaque texts that consumers hand back: eight characters with the id of the key, twenty with the authentication, then
 * the content. All of it is base64url. Equal contents have equal texts on every instance that has the same key.
 */

/** The use of a text. A text for one use is refused for another. */
export type SealUse = 'cursor' | 'mark';

const idLength = 8;
/** 120 bits. */
const macLength = 20;

export function sealText(key: CursorKey, use: SealUse, content: string): string {
  const coded = Buffer.from(content).toString('base64url');
  return key.id + macOf(key, use, coded) + coded;
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
  const mac = Buffer.from(text.slice(idLength, idLength + macLength));
  if (!timingSafeEqual(mac, Buffer.from(macOf(key, use, coded)))) return 'changed';
  return { content: Buffer.from(coded, 'base64url').toString() };
}

/** The characters are authenticated, not the bytes behind them: several texts can stand for the same bytes. */
function macOf(key: CursorKey, use: SealUse, coded: string): string {
  return createHmac('sha256', key.secret)
    .update(`${use} ${key.id} ${coded}`)
    .digest('base64url')
    .slice(0, macLength);
}
