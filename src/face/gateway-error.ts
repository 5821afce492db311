/**
 * The errors of the face, in the two shapes that official clients read: an error of HSS has a description, an error of
 * its gateway has a request id. docs/sdk.md lists the codes.
 */
import { retryAtOf, type Problem, type ProblemCode } from '../http/problem.js';
import { toProblem } from '../http/to-problem.js';

/** An answer with an error in HSS's own words. The message is for the person who uses the client. */
export class GatewayError extends Error {
  constructor(
    readonly status: number,
    /** `HSS.nnnn` or `APIGW.nnnn`. */
    readonly code: string,
    message: string,
    /** Whole seconds from 1 to 300; null where waiting does not help. */
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
    this.name = 'GatewayError';
  }
}

export function unsigned(why: string): GatewayError {
  return new GatewayError(401, 'APIGW.0301', `Incorrect authentication information: ${why}`);
}

export function forbidden(why: string): GatewayError {
  return new GatewayError(403, 'APIGW.0302', `Access denied: ${why}`);
}

export function invalid(why: string): GatewayError {
  return new GatewayError(400, 'HSS.0001', `Invalid parameter: ${why}`);
}

export function notServed(): GatewayError {
  return new GatewayError(404, 'APIGW.0101', 'This service does not serve this API');
}

/** Status, code and message by problem; without a message the problem's own. HSS's refusal of our key is no 401. */
const answers: Partial<Record<ProblemCode, readonly [status: number, code: string, message?: string]>> = {
  'invalid-request': [400, 'HSS.0001', 'Invalid parameter'],
  'image-coordinates-required': [400, 'HSS.0001'],
  'not-found': [400, 'HSS.0011', 'The image does not exist'],
  forbidden: [403, 'APIGW.0302'],
  'upstream-unauthorized': [503, 'APIGW.0613', 'HSS refuses the credential of this service'],
  'upstream-unsupported': [404, 'APIGW.0101', 'The API is not published in this region'],
  'upstream-invalid-response': [502, 'APIGW.0201', 'HSS sent an answer that cannot be read'],
  'upstream-throttled': [429, 'APIGW.0308'],
  'rate-limited': [429, 'APIGW.0308'],
};
const unavailable = [503, 'APIGW.0201', 'HSS does not answer'] as const;

/** The longest Retry-After, in s: clients sleep for it without a limit of their own. */
const longestRetryS = 300;

/**
 * Translates an error of the service.
 * @param now wall time in ms.
 * @returns undefined for an unforeseen error.
 */
export function toGatewayError(error: unknown, now: number): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  const problem = toProblem(error);
  if (problem === undefined) return undefined;
  const [status, code, message] = answers[problem.code] ?? unavailable;
  if (status !== 429) return new GatewayError(status, code, message ?? problem.detail);
  const retryS = retryAfterS(problem, now);
  return new GatewayError(
    status,
    code,
    `The throttling threshold has been reached: retry after ${retryS} second`,
    retryS,
  );
}

function retryAfterS(problem: Problem, now: number): number {
  const seconds = Math.ceil(((retryAtOf(problem, now) ?? now) - now) / 1000);
  return Math.min(longestRetryS, Math.max(1, seconds));
}

/** The body of an error, with strings only: official clients fail on other types. */
export function renderGatewayError(
  { code, message }: GatewayError,
  requestId: string,
): Record<string, string> {
  const body = { error_code: code, error_msg: message };
  return code.startsWith('HSS.')
    ? { ...body, error_description: message }
    : { ...body, request_id: requestId };
}
