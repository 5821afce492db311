/**
 * Huawei Cloud's signature SDK-HMAC-SHA256. Pure: the same input gives the same signature. Tested against the
 * signatures of official signers in test/fixtures/signing-vectors.json.
 */
import { createHash, createHmac } from 'node:crypto';

export interface SignableRequest {
  method: string;
  /** Path and query as sent. */
  url: URL;
  /** Headers to sign. Names with `_` are left out, as the official Python and Go signers do. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

const algorithm = 'SDK-HMAC-SHA256';

/** @returns the value of the Authorization header. `headers` must hold X-Sdk-Date. */
export function sign(request: SignableRequest, accessKey: string, secretKey: string): string {
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => !name.includes('_'))
    .sort(([a], [b]) => compare(a, b));
  const signedHeaders = headers.map(([name]) => name).join(';');
  const canonicalRequest = [
    request.method.toUpperCase(),
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url.searchParams),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    sha256(request.body ?? ''),
  ].join('\n');
  const date = headers.find(([name]) => name === 'x-sdk-date')?.[1] ?? '';
  const signature = createHmac('sha256', secretKey)
    .update([algorithm, date, sha256(canonicalRequest)].join('\n'))
    .digest('hex');
  return `${algorithm} Access=${accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** @returns `YYYYMMDDTHHMMSSZ`, the form of X-Sdk-Date. */
export function sdkDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Percent-encodes all but RFC 3986's unreserved characters; encodeURIComponent leaves five more. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The canonical form ends in a slash even if the request's path does not. */
function canonicalPath(path: string): string {
  const canonical = path
    .split('/')
    .map((segment) => encodeStrictly(decodeURIComponent(segment)))
    .join('/');
  return canonical.endsWith('/') ? canonical : `${canonical}/`;
}

function canonicalQuery(query: URLSearchParams): string {
  // Sorted by key, then by value: sorting whole pairs would put `a-b=` before `a=`.
  return [...query]
    .map(([key, value]) => [encodeStrictly(key), encodeStrictly(value)] as const)
    .sort(([keyA, valueA], [keyB, valueB]) => compare(keyA, keyB) || compare(valueA, valueB))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
