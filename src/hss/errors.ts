import type { Limit } from '../budget/account.js';

/**
 * What can go wrong between us and HSS, as the closed set of words that our own consumers get
 * (see docs/problems). Text from HSS never becomes part of an error: it can carry keys and signed requests.
 */
export type UpstreamCode =
  | 'invalid-request'
  | 'not-found'
  | 'upstream-unauthorized'
  | 'upstream-unsupported'
  | 'upstream-invalid-response'
  | 'upstream-throttled'
  | 'upstream-unavailable';

/** What HSS itself answered, as far as it may be shown. */
export interface UpstreamAnswer {
  /** HTTP status of the answer. */
  status: number;
  /** HSS's or the gateway's error code, such as `HSS.0011`; null when there was none. */
  code: string | null;
  /** The gateway's X-Request-Id: the id that Huawei's support asks for. */
  requestId: string | null;
}

export class UpstreamError extends Error {
  constructor(
    readonly code: UpstreamCode,
    /** Our own words, for a person. */
    detail: string,
    readonly upstream: UpstreamAnswer | null = null,
    /** Wall time in ms from which asking again may help; null when unknown or useless. */
    readonly retryAt: number | null = null,
  ) {
    super(detail);
    this.name = 'UpstreamError';
  }
}

/** HSS said 429. */
export class Throttled extends UpstreamError {
  constructor(
    upstream: UpstreamAnswer,
    retryAt: number,
    /** How long HSS wants to be left alone. */
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
    /** The same call may work at once: the connection broke, or a gateway in between gave up. */
    readonly isTransient: boolean,
  ) {
    super('upstream-unavailable', detail, upstream, retryAt);
    this.name = 'Unavailable';
  }
}

/** HSS or the gateway refused our credential (a 401): the only answer that counts towards the lock of an AK. */
export class CredentialRefused extends UpstreamError {
  constructor(
    upstream: UpstreamAnswer | null,
    detail = 'HSS refused the configured credential',
    /** The answer told that we had signed by a wrong clock, which is corrected by now. */
    readonly clockWasOff = false,
    /** When the credential has rested enough. */
    retryAt: number | null = null,
  ) {
    super('upstream-unauthorized', detail, upstream, retryAt);
    this.name = 'CredentialRefused';
  }
}
