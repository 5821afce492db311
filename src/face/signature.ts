/**
 * Verifies the signature SDK-HMAC-SHA256 of a received request. The request itself lists its signed headers, and each
 * official client signs other ones, so the verifier demands no header but X-Sdk-Date. Pure.
 */
import { timingSafeEqual } from 'node:crypto';
import { algorithm, canonicalPath, canonicalQuery, sha256, signatureOf } from '../signing/canonical-form.js';

/** A request as it arrived. */
export interface ReceivedRequest {
  method: string;
  /** Path as sent, without the query. */
  path: string;
  /** Query as sent, without the question mark. */
  query: string;
  /** Takes a name in lower case. */
  header: (name: string) => string | undefined;
  body: Uint8Array;
}

export interface Authorization {
  accessKey: string;
  /** In lower case, as the client listed them. */
  signedHeaders: readonly string[];
  /** In hex. */
  signature: string;
}

/** The largest difference between the client's clock and ours, in ms. HSS's gateway allows the same. */
const clockWindowMs = 15 * 60_000;

/**
 * Takes the letters in the case in which every official client sends them: a text in another case has been changed.
 * @returns undefined for text that is no signature of this algorithm.
 */
export function parseAuthorization(text: string): Authorization | undefined {
  const pattern = new RegExp(
    `^${algorithm} +Access=([^,\\s]{1,128}), *SignedHeaders=([a-z\\d_;-]{1,2048}), *Signature=([\\da-f]{64})$`,
  );
  const [, accessKey, names, signature] = pattern.exec(text.trim()) ?? [];
  if (accessKey === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKey, signedHeaders: names.split(';'), signature };
}

/** Why the time of a signature is refused, in words for the client; undefined for a good time. */
export function timeFault(
  header: ReceivedRequest['header'],
  authorization: Authorization,
  now: number,
): string | undefined {
  const signedAt = parseSdkDate(header('x-sdk-date') ?? '');
  if (signedAt === undefined || !authorization.signedHeaders.includes('x-sdk-date'))
    return 'the header X-Sdk-Date is missing, malformed or not signed';
  const aheadMs = signedAt - now;
  if (Math.abs(aheadMs) <= clockWindowMs) return undefined;
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `the signature's time is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this service's clock; 900 s are allowed`;
}

/**
 * Whether the secret key made the signature.
 * @param bases the paths that a proxy may have taken from the front of the path; `''` for none.
 */
export function isSignedBy(
  secretKey: string,
  request: ReceivedRequest,
  { signedHeaders, signature }: Authorization,
  bases: readonly string[],
): boolean {
  const body = sha256(request.body);
  const claimed = signedHeaders.includes('x-sdk-content-sha256')
    ? (request.header('x-sdk-content-sha256') ?? '')
    : body;
  if (claimed !== body && claimed !== 'UNSIGNED-PAYLOAD') return false;
  const parts = {
    method: request.method,
    query: canonicalQuery(queryPairs(request.query)),
    headers: signedHeaders.map((name) => [name, (request.header(name) ?? '').trim()] as const),
    bodyHash: claimed,
  };
  const date = (request.header('x-sdk-date') ?? '').trim();
  const given = Buffer.from(signature, 'hex');
  const paths = new Set(bases.flatMap((base) => canonicalPaths(base + request.path)));
  return [...paths].some((path) =>
    timingSafeEqual(Buffer.from(signatureOf({ ...parts, path }, date, secretKey), 'hex'), given),
  );
}

/**
 * The two forms of a path that official clients sign: the decoded segments encoded, or the sent segments encoded once
 * more. Two different paths never share a form of one kind, so accepting both kinds loses nothing.
 */
function canonicalPaths(path: string): string[] {
  const segments = path.split('/');
  return [canonicalPath(segments.map(decoded)), canonicalPath(segments)];
}

/** A `+` stays a plus: no official client sends one for a blank. */
export function queryPairs(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [decoded(pair), ''] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
    });
}

/** A `%` that begins no escape stands for itself: one client sends such a `%`. Bytes that are no UTF-8 stay as sent. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(escapeLonePercent(text));
  } catch {
    return text;
  }
}

export function escapeLonePercent(text: string): string {
  return text.replace(/%(?![\da-f]{2})/gi, '%25');
}

/** `YYYYMMDDTHHMMSSZ` as wall time in ms. */
function parseSdkDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text.trim()) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
