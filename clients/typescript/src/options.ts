import type createFetchClient from 'openapi-fetch';
import type { paths } from './schema.js';
import type { Timing } from './transport.js';
import type { Schemas } from './types.js';

export interface ClientOptions {
  /** The address of the service, with the path that a proxy mounts it at: `https://bff.example`. */
  baseUrl: string;
  /** An API key, sent as `X-API-Key`. A function is asked before each request. */
  key?: string | (() => string | Promise<string>);
  /** A JWT, sent as `Authorization: Bearer`. A function is asked before each request. */
  token?: string | (() => string | Promise<string>);
  /** How long a call may take with all its tries, in ms. 60,000 by default. */
  deadlineMs?: number;
  /** How much text of answers is kept for `If-None-Match`, in characters. 8,000,000 by default; 0 keeps nothing. */
  keptCharacters?: number;
  fetch?: typeof globalThis.fetch;
  /** For tests. */
  timing?: Timing;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Instead of the client's. */
  deadlineMs?: number;
  /** False: a 429 or 503 is an error at once, for a caller that tells its people when to expect the answer. */
  retry?: boolean;
  /** An error instead of anything that is not fresh: for gates. */
  strict?: boolean;
  /** The oldest age that is good enough, in seconds (≥ 1). HSS is asked when the service has only older data. */
  maxAgeSeconds?: number;
  /** Further request headers, such as `X-Request-Id`. */
  headers?: Record<string, string>;
}

export interface Answer<T> {
  data: T;
  /** The time at which HSS said so, for the oldest part: now minus Age. Null for the state of this moment. */
  asOf: Date | null;
  /** The same as long as data, statuses and errors are. Null where the service gives none. */
  etag: string | null;
  requestId: string;
  headers: Headers;
}

export interface Export<Line = Schemas['CatalogImage']> {
  /** The catalog holds the lists of HSS as of this time. */
  asOf: Date;
  complete: boolean;
  /** The value of `since` with which listCatalogChanges goes on after this export. */
  mark: string;
  total: number;
  /** Can be read once. @throws UnexpectedAnswerError when the stream breaks off: fewer lines than `total`. */
  lines: AsyncIterable<Line>;
}

/** The client of openapi-fetch below: results instead of exceptions, and every format. */
export type HttpClient = ReturnType<typeof createFetchClient<paths>>;
