/**
 * Signs our own calls with Huawei Cloud's SDK-HMAC-SHA256. Pure: the same input gives the same signature. Tested
 * against the signatures of official signers in test/fixtures/signing-vectors.json.
 */
import {
  algorithm,
  canonicalPath,
  canonicalQuery,
  compare,
  sha256,
  signatureOf,
} from '../../signing/canonical-form.js';

export interface SignableRequest {
  method: string;
  /** Path and query as sent. */
  url: URL;
  /** Headers to sign. Names with `_` are left out, as the official Python and Go signers do. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** @returns the value of the Authorization header. `headers` must hold X-Sdk-Date. */
export function sign(request: SignableRequest, accessKey: string, secretKey: string): string {
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => !name.includes('_'))
    .sort(([a], [b]) => compare(a, b));
  const date = headers.find(([name]) => name === 'x-sdk-date')?.[1] ?? '';
  const signature = signatureOf(
    {
      method: request.method,
      path: canonicalPath(request.url.pathname.split('/').map((segment) => decodeURIComponent(segment))),
      query: canonicalQuery(request.url.searchParams),
      headers,
      bodyHash: sha256(request.body ?? ''),
    },
    date,
    secretKey,
  );
  const signedHeaders = headers.map(([name]) => name).join(';');
  return `${algorithm} Access=${accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** @returns `YYYYMMDDTHHMMSSZ`, the form of X-Sdk-Date. */
export function sdkDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
