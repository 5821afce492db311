/**
 * Turns an error answer of HSS, of its gateway or of a proxy in between into one of our errors. Used by CallExchange
 * and fetchIamToken. The statuses 401, 403, 408, 429 and 5xx mean the same whatever the body says: a failing HSS may not
 * find what it has. Under any other status the error code decides, since HSS answers every business error with 400 (see
 * docs/errors.md).
 */
import {
  CredentialRefused,
  Throttled,
  Unavailable,
  UpstreamError,
  type UpstreamAnswer,
  type UpstreamCode,
} from './errors.js';
import type { Limit } from '../budget/account.js';
import type { RateHint } from '../budget/call-outcome.js';
import { isRecord } from './envelope.js';
import { readHttpDate } from './http-date.js';

export interface ErrorAnswer {
  status: number;
  /** The parsed body; undefined if it is not JSON. */
  body: unknown;
  requestId: string | null;
  retryAfter: string | null;
}

const byCode = new Map<string, readonly [UpstreamCode, string]>(
  Object.entries({
    'HSS.0001': ['invalid-request', 'HSS found a parameter invalid'],
    'HSS.0002': ['invalid-request', 'HSS could not parse the request'],
    'HSS.0011': ['not-found', 'HSS does not know this image'],
    'HSS.0010': ['upstream-unauthorized', 'HSS denies the configured credential access'],
    'HSS.0013': ['upstream-unauthorized', 'The configured credential lacks permissions in HSS'],
    '00000010': ['upstream-unauthorized', 'HSS denies the configured credential access'],
    'APIGW.0101': ['upstream-unsupported', 'This HSS API is not published in the configured region'],
  }),
);

/** The gateway's codes for a wrong, expired or outdated proof of identity. */
const refusalCodes: readonly (string | null)[] = ['APIGW.0301', 'APIGW.0307'];

/** Statuses of gateways that gave up: the same call may succeed a moment later. */
const transientStatuses = [408, 502, 503, 504];

const defaultPauseMs = 60_000;
const longestPauseMs = 15 * 60_000;
const briefPauseMs = 5_000;

/** Wall times in ms: our own time, for retryAt, and HSS's time, to which the dates in answers refer. */
interface Times {
  now: number;
  upstreamNow: number;
}

export function toUpstreamError(answer: ErrorAnswer, { now, upstreamNow }: Times): UpstreamError {
  const { status } = answer;
  const { code, message } = readCode(answer.body);
  const upstream: UpstreamAnswer = { status, code, requestId: answer.requestId };
  const askedMs = readRetryAfter(answer.retryAfter, upstreamNow);
  if (status >= 500 || status === 408) {
    const pauseMs = Math.min(askedMs ?? 0, longestPauseMs);
    const retryAt = now + Math.max(pauseMs, briefPauseMs);
    const isTransient = pauseMs === 0 && transientStatuses.includes(status);
    return new Unavailable('HSS is failing', upstream, retryAt, isTransient, pauseMs);
  }
  if (status === 401 || (status !== 429 && refusalCodes.includes(code)))
    return new CredentialRefused(upstream);
  if (status === 403)
    return new UpstreamError(
      'upstream-unauthorized',
      'HSS denies the configured credential access',
      upstream,
    );
  if (status === 429 || code === 'APIGW.0308') {
    const namedLimit = readLimit(message);
    const pauseMs = Math.min(askedMs ?? namedLimit?.windowMs ?? defaultPauseMs, longestPauseMs);
    return new Throttled(upstream, now + pauseMs, pauseMs, namedLimit);
  }
  const translation = code === null ? undefined : byCode.get(code);
  if (translation) return new UpstreamError(translation[0], translation[1], upstream);
  return new UpstreamError(
    'upstream-invalid-response',
    'HSS gave an answer that is not understood',
    upstream,
  );
}

/** HSS knows the credential and denies what the call asks for. */
export function isRightMissing(error: unknown): error is UpstreamError {
  return (
    error instanceof UpstreamError &&
    error.code === 'upstream-unauthorized' &&
    !(error instanceof CredentialRefused)
  );
}

/** The missing right is not this service's fault when a consumer named another enterprise project. */
export function asForbidden({ upstream }: UpstreamError): UpstreamError {
  return new UpstreamError('forbidden', 'HSS denies the enterprise project that the request names', upstream);
}

/** Recognises an error body by its shape, under any status: under a 200 the body must not read as an empty list. */
export function isErrorBody(body: unknown): boolean {
  if (!isRecord(body) || (body['data_list'] ?? null) !== null) return false;
  return ['error_code', 'errorCode', 'error', 'code'].some((name) => (body[name] ?? null) !== null);
}

/** Reads an error code in all known shapes. A numeric code (IAM) is a status, not a code. */
function readCode(body: unknown): { code: string | null; message: string | null } {
  if (!isRecord(body)) return { code: null, message: null };
  const inner = isRecord(body['error']) ? body['error'] : body;
  const code = inner['error_code'] ?? inner['errorCode'] ?? inner['code'];
  const message = inner['error_msg'] ?? inner['errorMsg'] ?? inner['message'];
  return {
    // A code is a short word. Other text must not leak into answers and logs.
    code: typeof code === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(code) ? code : null,
    message: typeof message === 'string' ? message : null,
  };
}

/**
 * Reads Retry-After: seconds, which some gateways send as decimals, or an HTTP date.
 * @returns ms from now, null if absent or unreadable.
 */
function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = readHttpDate(value.trim());
  return at === null ? null : Math.max(0, at - now);
}

const unitMs: Record<string, number> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The limit in the gateway's text: `policy user over ratelimit,limit:200,time:5 minute`. */
function readLimit(message: string | null): Limit | null {
  const match = /\blimit:\s*(\d{1,6})\s*,\s*time:\s*(\d{1,6})\s*(second|minute|hour|day)/i.exec(
    message ?? '',
  );
  const limit = Number(match?.[1] ?? 0);
  const windowMs = Number(match?.[2] ?? 0) * (unitMs[match?.[3]?.toLowerCase() ?? ''] ?? 0);
  return limit > 0 && windowMs > 0 ? { limit, windowMs } : null;
}

/**
 * Reads how many calls the gateway says are left: `X-Apig-RateLimit-user: remain:9,limit:10,time:10 second`. The
 * header comes only if the request asked for it. @returns null if absent or unreadable.
 */
export function readRateHint(header: string | null): RateHint | null {
  const named = readLimit(header);
  const remain = /\bremain:\s*(\d{1,6})/i.exec(header ?? '')?.[1];
  return named && remain !== undefined ? { remain: Number(remain), named } : null;
}
