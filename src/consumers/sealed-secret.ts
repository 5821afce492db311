/**
 * Secret keys of official clients, sealed for the consumers' file: AES-256-GCM under a key that is derived from
 * FACE_MASTER_KEY. The seal belongs to one consumer and one access key, so a sealed secret that is copied to another
 * entry opens nothing. Pure but for the random nonce.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { sha256 } from '../signing/canonical-form.js';

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** A key to seal with, and the id that stands in front of what it sealed. */
export interface SealingKey {
  id: string;
  key: Buffer;
}

/** What a seal is bound to. */
export interface SealOwner {
  consumer: string;
  accessKey: string;
}

export function sealingKey(masterKey: string): SealingKey {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'hss-bff face secret 1', keyBytes));
  return { id: sha256(key).slice(0, 8), key };
}

/** @returns `KEYID.BYTES`, the bytes in base64url: nonce, sealed secret, tag. */
export function sealSecret(secretKey: string, owner: SealOwner, { id, key }: SealingKey): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce).setAAD(boundTo(owner));
  const sealed = Buffer.concat([
    nonce,
    sealing.update(secretKey, 'utf8'),
    sealing.final(),
    sealing.getAuthTag(),
  ]);
  return `${id}.${sealed.toString('base64url')}`;
}

/** @returns undefined when none of the keys made the seal, or the seal belongs to another owner. */
export function openSecret(
  sealed: string,
  owner: SealOwner,
  keys: readonly SealingKey[],
): string | undefined {
  const [id, text = ''] = sealed.split('.', 2);
  const key = keys.find((each) => each.id === id)?.key;
  const bytes = Buffer.from(text, 'base64url');
  if (key === undefined || bytes.length <= nonceBytes + tagBytes) return undefined;
  const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  opening.setAAD(boundTo(owner)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    return opening.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + opening.final('utf8');
  } catch {
    return undefined;
  }
}

function boundTo({ consumer, accessKey }: SealOwner): Buffer {
  return Buffer.from(JSON.stringify([consumer, accessKey]));
}
