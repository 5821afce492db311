/**
 * The canonical form of Huawei Cloud's signature SDK-HMAC-SHA256. The signer of our own calls and the verifier of
 * official clients' calls share it. Pure.
 */
import { createHash, createHmac } from 'node:crypto';

export const algorithm = 'SDK-HMAC-SHA256';

/** The parts of a request that a signature covers, each in its canonical form. */
export interface CanonicalParts {
  method: string;
  path: string;
  query: string;
  /** The signed headers: names in lower case, in the order of the signature. */
  headers: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the body in hex, or the word that stands for it. */
  bodyHash: string;
}

/** @returns the signature in hex. @param date the value of X-Sdk-Date. */
export function signatureOf(parts: CanonicalParts, date: string, secretKey: string): string {
  const canonicalRequest = [
    parts.method.toUpperCase(),
    parts.path,
    parts.query,
    ...parts.headers.map(([name, value]) => `${name}:${value}`),
    '',
    parts.headers.map(([name]) => name).join(';'),
    parts.bodyHash,
  ].join('\n');
  return createHmac('sha256', secretKey)
    .update([algorithm, date, sha256(canonicalRequest)].join('\n'))
    .digest('hex');
}

/** Percent-encodes all but RFC 3986's unreserved characters; encodeURIComponent leaves five more. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The canonical form ends in a slash even if the request's path does not. @param segments decoded. */
export function canonicalPath(segments: readonly string[]): string {
  const canonical = segments.map(encodeStrictly).join('/');
  return canonical.endsWith('/') ? canonical : `${canonical}/`;
}

/** Sorted by key, then by value: sorting whole pairs would put `a-b=` before `a=`. @param pairs decoded. */
export function canonicalQuery(pairs: Iterable<readonly [name: string, value: string]>): string {
  return [...pairs]
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @returns the hash in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
