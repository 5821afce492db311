/**
 * The verifying side of SDK-HMAC-SHA256. Written from Huawei's description of the algorithm and its published vectors
 * alone. Verifier and service share no code, so a mistake in one of them shows. The request itself lists its signed
 * headers; the verifier assumes nothing about the list.
 */
import { createHash, createHmac } from 'node:crypto';
import type { QueryPair } from '../query-string.js';

const algorithm = 'SDK-HMAC-SHA256';

export interface Authorization {
  readonly ak: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export interface SignedRequest {
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  readonly pairs: readonly QueryPair[];
  header(lowerCaseName: string): string | undefined;
  readonly body: Uint8Array;
}

export function parseAuthorization(header: string): Authorization | undefined {
  const match =
    /^SDK-HMAC-SHA256 +Access=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(header);
  const [, ak, names, signature] = match ?? [];
  if (ak === undefined || names === undefined || signature === undefined) return undefined;
  return { ak, signedHeaders: names.split(';'), signature };
}

export function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.pairs),
    signedHeaders.map((name) => `${name}:${(request.header(name) ?? '').trim()}\n`).join(''),
    signedHeaders.join(';'),
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n');
}

export function signatureOf(canonical: string, sdkDate: string, sk: string): string {
  const stringToSign = [algorithm, sdkDate, createHash('sha256').update(canonical).digest('hex')].join('\n');
  return createHmac('sha256', sk).update(stringToSign).digest('hex');
}

/** YYYYMMDDTHHMMSSZ → epoch ms. */
export function parseSdkDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The trailing '/' exists in the canonical form only. */
function canonicalPath(path: string): string {
  const encoded = path.split('/').map((segment) => encode(decodeSegment(segment)));
  const joined = encoded.join('/');
  return joined.endsWith('/') ? joined : `${joined}/`;
}

function canonicalQuery(pairs: readonly QueryPair[]): string {
  return pairs
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Percent-encodes all but A-Z a-z 0-9 - _ . ~ */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
