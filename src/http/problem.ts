/**
 * The errors that consumers get, as problem+json. Other rooms throw a Problem; the exception filter and the admission
 * render and send it. Never logs.
 */
import type { UpstreamAnswer } from '../hss/errors.js';

/**
 * All errors that a consumer can get: a closed set of codes (RFC 9457). Clients may branch on `code`, so a new code
 * is a change of the contract.
 */
export const problems = {
  'invalid-request': permanent(400, 'The request is invalid'),
  'image-coordinates-required': permanent(400, 'The coordinates of the image are missing'),
  unauthenticated: permanent(401, 'An API key is required'),
  forbidden: permanent(403, 'This API key does not permit this request'),
  'not-found': permanent(404, 'There is no such thing'),
  'method-not-allowed': permanent(405, 'This route does not have that method'),
  'not-acceptable': permanent(406, 'None of the accepted formats is available'),
  'ambiguous-reference': permanent(409, 'Several images match'),
  'image-not-scanned': temporary(409, 'HSS has not finished scanning the image'),
  'cursor-expired': permanent(410, 'The cursor is too old'),
  'payload-too-large': permanent(413, 'The body is too large'),
  'uri-too-long': permanent(414, 'The URL is too long'),
  'unsupported-media-type': permanent(415, 'The body has an unsupported format'),
  'rate-limited': temporary(429, 'Your quota is used up'),
  'headers-too-large': permanent(431, 'The headers are too large'),
  internal: temporary(500, 'Something went wrong here'),
  'upstream-unauthorized': permanent(502, 'HSS refused our credentials or rights'),
  'upstream-unsupported': permanent(502, 'HSS has not published this in the region'),
  'upstream-invalid-response': temporary(502, 'HSS gave an answer that is not understood'),
  'upstream-throttled': temporary(503, 'The call budget of HSS is used up'),
  'upstream-unavailable': temporary(503, 'HSS is failing or cannot be reached'),
  'catalog-not-ready': temporary(503, 'The catalog is not ready'),
  overloaded: temporary(503, 'The service is overloaded'),
  'deadline-exceeded': temporary(504, 'The answer did not come in time'),
  'not-cached': temporary(504, 'Not in the cache'),
};

/** Sending the same request again gives the same error. */
function permanent(status: number, title: string) {
  return { status, title, retryable: false };
}

/** Sending the same request later may succeed. */
function temporary(status: number, title: string) {
  return { status, title, retryable: true };
}

export type ProblemCode = keyof typeof problems;

/** The fault of one parameter. */
export interface FieldError {
  field: string;
  message: string;
}

interface ProblemDetails {
  errors?: FieldError[];
  upstream?: UpstreamAnswer | null;
  /** Wall time in ms from which asking again may help. */
  retryAt?: number | null;
  /** The methods for the header `Allow`. */
  allow?: readonly string[];
  /** The images that an ambiguous reference may mean. */
  candidates?: readonly object[];
}

/** An error for the consumer. `detail` must not contain secrets. */
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

/** For a consumer without the scope `hosts`. */
export function hostsForbidden(): Problem {
  return new Problem('forbidden', 'Hosts, and filters by host, container or pod, need the scope hosts');
}

/** For a consumer with namespaces. */
export function namespacesForbidden(): Problem {
  return new Problem(
    'forbidden',
    'Your key sees only some namespaces: local images and enterpriseProjectId are not open to it',
  );
}

/** Time until the next attempt, for errors that do not say when an attempt may succeed. */
const defaultRetryMs = 5_000;

/**
 * The time from which a new attempt may succeed. Every 429 and 503 has such a time. Wall times in ms.
 * @returns null for errors without such a time.
 */
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
      'x-content-type-options': 'nosniff',
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
