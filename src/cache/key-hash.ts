import { hash } from 'node:crypto';

/** 128 bits of a key's SHA-256: short names in Redis that hold no text of consumers, and fit into one hash tag. */
export function keyHashOf(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22);
}
