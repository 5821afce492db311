import { HttpException } from '@nestjs/common';
import { NotCached } from '../cache/read-through-cache.js';
import { UpstreamError } from '../hss/errors.js';
import { BudgetRefused } from '../budget/budget-errors.js';
import { CallerGone, DeadlineExceeded, ServiceStopping } from '../time/deadline.js';
import { Problem, type ProblemCode } from './problem.js';

/**
 * Translates a thrown error into the problem that the consumer gets. Used by the exception filter, and where an
 * answer reports the failure of one part or item. @returns undefined for an unforeseen error, which is an internal
 * error.
 */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof UpstreamError)
    return new Problem(error.code, error.message, { upstream: error.upstream, retryAt: error.retryAt });
  if (error instanceof BudgetRefused)
    return new Problem(
      error.because === 'budget' ? 'upstream-throttled' : 'upstream-unavailable',
      error.message,
      { retryAt: error.retryAt },
    );
  if (error instanceof DeadlineExceeded || error instanceof CallerGone)
    return new Problem(
      'deadline-exceeded',
      'The answer did not come within the time limit of the request or of the service',
    );
  if (error instanceof ServiceStopping) return new Problem('upstream-unavailable', error.message);
  if (error instanceof NotCached)
    return new Problem('not-cached', 'The request allows cached answers only, and there is none');
  // Nest wraps Fastify's refusals into an HttpException.
  if (error instanceof HttpException) return fromFastify(error.cause) ?? fromStatus(error.getStatus());
  return fromFastify(error);
}

/** Translates Fastify's own refusals: malformed percent escapes, and bodies that are too large or of a wrong type. */
function fromFastify(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const status = error.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? fromStatus(status) : undefined;
}

const byStatus: Record<number, readonly [ProblemCode, string]> = {
  400: ['invalid-request', 'The request is malformed'],
  401: ['unauthenticated', 'Send your key as Authorization: Bearer KEY or as X-API-Key: KEY'],
  403: ['forbidden', 'This API key does not permit this request'],
  404: ['not-found', 'There is no such route'],
  405: ['method-not-allowed', 'This route does not have that method'],
  406: ['not-acceptable', 'None of the accepted formats is available'],
  408: ['invalid-request', 'The request did not arrive in time'],
  413: ['payload-too-large', 'The body is too large'],
  414: ['uri-too-long', 'The URL is too long'],
  415: ['unsupported-media-type', 'Send the body as application/json'],
  431: ['headers-too-large', 'The headers are too large'],
};

function fromStatus(status: number): Problem | undefined {
  const known = byStatus[status];
  return known && new Problem(...known);
}
