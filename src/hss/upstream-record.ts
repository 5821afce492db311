/**
 * What happened to the calls of HSS, as numbers and words for operators: results, durations, waits, and what is wrong
 * now and since when. Filled by HssClient; read by src/metrics and src/health. Decides nothing.
 */
import type { Caller } from '../budget/load.js';
import { Counts, Tally } from '../telemetry/tally.js';
import { ServiceStopping } from '../time/deadline.js';
import { CredentialRefused, Throttled, Unavailable, UpstreamError, upstreamCodes } from './errors.js';
import { hssApis, type HssApi } from './hss-call.js';

/** In seconds: of one exchange. */
const callBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** In seconds: of the wait for a turn, which is zero while turns are free. */
const waitBounds = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 15, 60, 300];

const results = ['ok', ...upstreamCodes, 'internal'] as const;
export type CallResult = (typeof results)[number];

/** Codes that say that HSS, or our access to it, is in trouble. */
const troubleCodes: ReadonlySet<CallResult> = new Set([
  'upstream-unauthorized',
  'upstream-unsupported',
  'upstream-invalid-response',
  'upstream-throttled',
  'upstream-unavailable',
]);

/** `hss`: calls of this API fail. `iam`: no token. `credential`: HSS or IAM refused it, or it rests after a refusal. */
export type TroublePart = 'hss' | 'iam' | 'credential';

export interface Trouble {
  readonly part: TroublePart;
  readonly api: HssApi;
  readonly why: CallResult;
  /** Wall time in ms of the first failure since the last success. */
  readonly since: number;
}

export interface ApiRecord {
  readonly results: Counts<CallResult>;
  readonly seconds: Tally;
  readonly waitSeconds: Readonly<Record<Caller['priority'], Tally>>;
  /** Answers with 429. */
  throttled: number;
  /** Calls sent while a Retry-After of HSS, which this instance knew, was running. Stays 0. */
  insideRetryAfter: number;
}

export class UpstreamRecord {
  readonly #apis = new Map<HssApi, ApiRecord & { retryAfterUntil: number }>();
  readonly #troubles = new Map<string, Trouble>();
  /** Requests for an IAM token. */
  readonly iam = new Counts(results);

  constructor() {
    for (const api of hssApis)
      this.#apis.set(api, {
        results: new Counts(results),
        seconds: new Tally(callBounds),
        waitSeconds: {
          waiting: new Tally(waitBounds),
          revalidation: new Tally(waitBounds),
          background: new Tally(waitBounds),
        },
        throttled: 0,
        insideRetryAfter: 0,
        retryAfterUntil: -Infinity,
      });
  }

  get apis(): ReadonlyMap<HssApi, ApiRecord> {
    return this.#apis;
  }

  get troubles(): Trouble[] {
    return [...this.#troubles.values()];
  }

  /** Records one request for a token, however it ends; but not one that the end of the service broke off. */
  async recordIam<T>(request: Promise<T>): Promise<T> {
    try {
      const token = await request;
      this.iam.add('ok');
      return token;
    } catch (error) {
      if (!(error instanceof ServiceStopping)) this.iam.add(resultOf(error));
      throw error;
    }
  }

  /** @param priority of the caller who made the call necessary. */
  waited(api: HssApi, priority: Caller['priority'], ms: number): void {
    this.#apis.get(api)?.waitSeconds[priority].add(ms / 1000);
  }

  /** @param monotonicMs the present. */
  sent(api: HssApi, monotonicMs: number): void {
    const record = this.#apis.get(api);
    if (record && monotonicMs < record.retryAfterUntil) record.insideRetryAfter += 1;
  }

  /**
   * A sent call has ended. A call that the end of the service broke off says nothing of HSS, and is not counted.
   * @param error undefined for an answer without an error.
   * @param times of the end: wall time and monotonic time, and the duration, all in ms.
   */
  ended(api: HssApi, error: unknown, times: { now: number; monotonic: number; ms: number }): void {
    const record = this.#apis.get(api);
    if (!record || error instanceof ServiceStopping) return;
    const result = resultOf(error);
    record.results.add(result);
    record.seconds.add(times.ms / 1000);
    if (error instanceof Throttled) record.throttled += 1;
    const pauseMs = error instanceof Throttled || error instanceof Unavailable ? error.pauseMs : 0;
    record.retryAfterUntil = Math.max(record.retryAfterUntil, times.monotonic + pauseMs);
    // The token and the credential were good enough for an answer.
    if (!(error instanceof CredentialRefused)) {
      this.#over('iam', api);
      if (!isLost(error)) this.#over('credential', api);
    }
    const part = error instanceof CredentialRefused ? 'credential' : 'hss';
    if (troubleCodes.has(result)) this.#begin({ part, api, why: result, since: times.now });
    else this.#over('hss', api);
  }

  /**
   * A call was not sent. A call that only waited for another one says nothing of HSS or IAM.
   * @param lacksToken IAM was asked for a token, and gave none.
   */
  unsent(api: HssApi, error: unknown, lacksToken: boolean, now: number): void {
    if (!(error instanceof UpstreamError)) return;
    const isRefused = error.code === 'upstream-unauthorized';
    if (!isRefused && !lacksToken) return;
    this.#begin({ part: isRefused ? 'credential' : 'iam', api, why: error.code, since: now });
  }

  #begin(trouble: Trouble): void {
    const key = keyOf(trouble.part, trouble.api);
    const since = this.#troubles.get(key)?.since ?? trouble.since;
    this.#troubles.set(key, { ...trouble, since });
  }

  /** One credential and one IAM serve all APIs, so a success of one ends the trouble of all. */
  #over(part: TroublePart, api: HssApi): void {
    this.#troubles.delete(keyOf(part, api));
  }
}

/** No answer came, so nothing is known of the credential. */
function isLost(error: unknown): boolean {
  return error instanceof Unavailable && error.upstream === null;
}

function keyOf(part: TroublePart, api: HssApi): string {
  return part === 'hss' ? `hss ${api}` : part;
}

function resultOf(error: unknown): CallResult {
  if (error === undefined) return 'ok';
  return error instanceof UpstreamError ? error.code : 'internal';
}
