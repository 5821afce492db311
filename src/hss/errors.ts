/**
 * The errors that can occur between this service and HSS. src/http/to-problem.ts turns them into problem answers.
 * Text from HSS never becomes part of an error: such text can contain keys and signed requests.
 */
import type { Limit } from '../budget/account.js';

/** The codes of these errors. Consumers get the same codes; GET /docs/problems explains each. */
export const upstreamCodes = [
  'invalid-request',
  'not-found',
  'forbidden',
  'upstream-unauthorized',
  'upstream-unsupported',
  'upstream-invalid-response',
  'upstream-throttled',
  'upstream-unavailable',
] as const;
export type UpstreamCode = (typeof upstreamCodes)[number];

/** The part of HSS's answer that consumers and logs may see. */
export interface UpstreamAnswer {
  /** HTTP status of the answer. */
  status: number;
  /** The error code of HSS or its gateway, such as `HSS.0011`; null if there was none. */
  code: string | null;
  /** The gateway's X-Request-Id: Huawei's support asks for this id. */
  requestId: string | null;
}

export class UpstreamError extends Error {
  constructor(
    readonly code: UpstreamCode,
    /** Our own message, for a person. */
    detail: string,
    readonly upstream: UpstreamAnswer | null = null,
    /** Wall time in ms from which a new request may help; null if unknown or useless. */
    readonly retryAt: number | null = null,
  ) {
    super(detail);
    this.name = 'UpstreamError';
  }
}

/**
 * HSS itself understood and answered the call, with an error. HSS checks the credential before anything else, so such
 * an answer also proves the credential good.
 */
export function isBusinessError(error: unknown): boolean {
  return error instanceof UpstreamError && error.upstream?.code?.startsWith('HSS.') === true;
}

/** HSS answered 429. */
export class Throttled extends UpstreamError {
  constructor(
    upstream: UpstreamAnswer,
    retryAt: number,
    /** How long HSS asks us to pause. */
    readonly pauseMs: number,
    /** The limit that HSS named. */
    readonly named: Limit | null,
  ) {
    super('upstream-throttled', 'HSS is throttling', upstream, retryAt);
    this.name = 'Throttled';
  }
}

/** HSS is failing or did not answer. */
export class Unavailable extends UpstreamError {
  constructor(
    detail: string,
    upstream: UpstreamAnswer | null,
    retryAt: number,
    /** The same call may succeed at once: the connection broke, or a gateway in between gave up. */
    readonly isTransient: boolean,
    /** How long HSS asks us to pause; 0 if HSS does not ask. */
    readonly pauseMs = 0,
  ) {
    super('upstream-unavailable', detail, upstream, retryAt);
    this.name = 'Unavailable';
  }
}

/** No connection, or none with a trusted certificate: nothing was sent, so nobody has counted the call. */
export class NotSent extends Unavailable {
  constructor(detail: string, retryAt: number, isTransient: boolean) {
    super(detail, null, retryAt, isTransient);
    this.name = 'NotSent';
  }
}

/**
 * An idle connection was closed just as the call was sent on it. That says nothing about HSS. HSS may have counted the
 * call.
 */
export class ConnectionLapsed extends Unavailable {}

/** HSS or the gateway refused our credential (401). Only this answer counts towards the lock of an AK. */
export class CredentialRefused extends UpstreamError {
  constructor(
    upstream: UpstreamAnswer | null,
    detail = 'HSS refused the configured credential',
    /** The answer showed that the request was signed by a wrong clock. The clock is corrected by now. */
    readonly clockWasOff = false,
    /** Wall time in ms at which the credential's rest ends; null if the credential does not rest. */
    retryAt: number | null = null,
  ) {
    super('upstream-unauthorized', detail, upstream, retryAt);
    this.name = 'CredentialRefused';
  }
}
