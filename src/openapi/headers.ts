/** Headers of requests and answers, as components of the document. */
import type { Schema } from './schema-parts.js';

const header = (description: string, schema: Schema, required = false) => ({
  description,
  required,
  schema,
});
const text: Schema = { type: 'string' };
const seconds: Schema = { type: 'integer', minimum: 0 };

/** By their names on the wire. */
export const answerHeaders = {
  'X-Request-Id': header('The id of this request, also in the log of the service', text, true),
  ETag: header('A weak tag of the data, without their times: for If-None-Match', text, true),
  Age: header('Seconds since the call of HSS, for the oldest part', seconds),
  'Cache-Control': header('How long a client may keep the answer', text, true),
  'Cache-Status': header(
    'RFC 9211: whether the cache had the answer, and for how many seconds it is fresh',
    text,
  ),
  Vary: header('The request headers that choose the answer', text),
  Link: header('The next page: `<…>; rel="next"`', text),
  'Preference-Applied': header('`handling=strict` on the answer to a strict request', text),
  RateLimit: header('What is left of the rate of requests, where the consumer has one', text),
  'RateLimit-Policy': header('The rate of requests, where the consumer has one', text),
  'Retry-After': header('Seconds until the same request can succeed', { type: 'integer', minimum: 1 }, true),
  'WWW-Authenticate': header('How to send a key', text, true),
  'X-Catalog-As-Of': header(
    'The export holds the lists of HSS as of this time',
    { type: 'string', format: 'date-time' },
    true,
  ),
  'X-Catalog-Complete': header(
    'true when both lists have been read to their ends',
    { type: 'boolean' },
    true,
  ),
  'X-Catalog-Coverage': header(
    'baseOs=12/450, files=3/450: images with known content, of all images',
    text,
    true,
  ),
  'X-Catalog-Mark': header(
    'The value of `since` for /v1/catalog/changes: the changes after this export',
    text,
    true,
  ),
  'X-Catalog-Total': header(
    'The number of lines: matching images, or pairs of a host and a matching image',
    seconds,
    true,
  ),
  'X-Catalog-Unknown': header(
    'With a filter on content: the number of further images that might match',
    seconds,
  ),
};
export type HeaderName = keyof typeof answerHeaders;

const parameter = (name: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: text,
});

/** By their names in the document. */
export const requestHeaders = {
  RequestId: parameter(
    'X-Request-Id',
    'An id of yours for this request: 1 to 128 of `A-Za-z0-9._-`. Others are replaced',
  ),
  IfNoneMatch: parameter('If-None-Match', 'The ETag of an answer that you have: 304 when nothing changed'),
  Freshness: parameter(
    'Cache-Control',
    '`max-age=N` (N ≥ 1): no older than N seconds, else HSS is asked. `max-stale`, `max-stale=N`: older than fresh is welcome. `only-if-cached`: no call of HSS. `no-cache`, `no-store` and `max-age=0` change nothing',
  ),
  Prefer: parameter(
    'Prefer',
    '`handling=strict`: an error instead of anything that is not fresh, for gates. `wait=N`: an answer within N seconds',
  ),
};
export type RequestHeader = keyof typeof requestHeaders;

export const headersNamed = (names: readonly HeaderName[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

export const parametersNamed = (names: readonly RequestHeader[]) =>
  names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
