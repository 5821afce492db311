import type { UpstreamAnswer } from '../hss/errors.js';

/**
 * Every error a consumer can get: a closed set of codes (RFC 9457). Clients may branch on `code`; a new code is
 * a change of the contract.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is invalid', retryable: false },
  'image-coordinates-required': {
    status: 400,
    title: 'The coordinates of the image are missing',
    retryable: false,
  },
  unauthenticated: { status: 401, title: 'An API key is required', retryable: false },
  forbidden: { status: 403, title: 'This key may not do that', retryable: false },
  'not-found': { status: 404, title: 'There is no such thing', retryable: false },
  'method-not-allowed': { status: 405, title: 'This route does not have that method', retryable: false },
  'not-acceptable': { status: 406, title: 'None of the accepted formats is available', retryable: false },
  'ambiguous-reference': { status: 409, title: 'Several images match', retryable: false },
  'image-not-scanned': { status: 409, title: 'HSS has not finished scanning the image', retryable: true },
  'cursor-expired': { status: 410, title: 'The cursor is too old', retryable: false },
  'payload-too-large': { status: 413, title: 'The body is too large', retryable: false },
  'uri-too-long': { status: 414, title: 'The URL is too long', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The body has an unsupported format', retryable: false },
  'rate-limited': { status: 429, title: 'Your quota is used up', retryable: true },
  'headers-too-large': { status: 431, title: 'The headers are too large', retryable: false },
  internal: { status: 500, title: 'Something went wrong here', retryable: true },
  'upstream-unauthorized': { status: 502, title: 'HSS refused our credentials or rights', retryable: false },
  'upstream-unsupported': {
    status: 502,
    title: 'HSS has not published this in the region',
    retryable: false,
  },
  'upstream-invalid-response': {
    status: 502,
    title: 'HSS gave an answer that is not understood',
    retryable: true,
  },
  'upstream-throttled': { status: 503, title: 'The call budget of HSS is used up', retryable: true },
  'upstream-unavailable': { status: 503, title: 'HSS is failing or cannot be reached', retryable: true },
  'catalog-not-ready': { status: 503, title: 'The catalog is not ready', retryable: true },
  overloaded: { status: 503, title: 'The service is overloaded', retryable: true },
  'deadline-exceeded': { status: 504, title: 'The answer did not come in time', retryable: true },
  'not-cached': { status: 504, title: 'Not in the cache', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof problems;

/** What is wrong with one parameter. */
export interface FieldError {
  field: string;
  message: string;
}

interface ProblemDetails {
  errors?: FieldError[];
  upstream?: UpstreamAnswer | null;
  /** Wall time in ms from which asking again may help. */
  retryAt?: number | null;
  /** For `Allow`. */
  allow?: readonly string[];
  /** What may have been meant. */
  candidates?: readonly object[];
}

/** An error that is meant for the consumer: `detail` must hold nothing secret. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly details: ProblemDetails = {},
  ) {
    super(detail);
    this.name = 'Problem';
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** Where nobody knows better when asking again may help. */
const defaultRetryMs = 5_000;

/** When to ask again, which every 429 and 503 says; null for what asking again does not change. Wall times in ms. */
export function retryAtOf({ status, details }: Problem, now: number): number | null {
  const mustSayWhen = status === 429 || status === 503;
  return details.retryAt ?? (mustSayWhen ? now + defaultRetryMs : null);
}

export interface RenderedProblem {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** @param now wall time in ms. */
export function renderProblem(
  problem: Problem,
  requestId: string,
  basePath: string,
  now: number,
): RenderedProblem {
  const { status, title, retryable } = problems[problem.code];
  const { errors, upstream, allow, candidates } = problem.details;
  const retryAt = retryAtOf(problem, now);
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...(retryAt === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil((retryAt - now) / 1000))) }),
      ...(problem.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="hss-bff"' } : {}),
      ...(allow ? { allow: allow.join(', ') } : {}),
    },
    body: JSON.stringify({
      type: `${basePath}/docs/problems#${problem.code}`,
      title,
      status,
      detail: problem.detail,
      code: problem.code,
      requestId,
      retryable,
      ...(retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() }),
      ...(errors ? { errors } : {}),
      ...(candidates ? { candidates } : {}),
      ...(upstream ? { upstream } : {}),
    }),
  };
}
