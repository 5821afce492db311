import type { Clock } from '../resilience/clock.js';
import type { LoadLife } from '../resilience/deadline.js';
import type { Log } from '../telemetry/log.js';
import type { Authentication } from './authentication.js';
import type { CredentialGate } from './credential-gate.js';
import { readList, type RawList } from './envelope.js';
import { isErrorBody, toUpstreamError } from './error-answer.js';
import { CredentialRefused, UpstreamError } from './errors.js';
import { encodeStrictly } from './signer.js';
import type { Answer, Transport } from './transport.js';
import type { UpstreamClock } from './upstream-clock.js';

/** The four HSS calls that this service wraps, by HSS's own names. */
export type HssApi = 'ListImageFiles' | 'ListImageBasicImage' | 'ListImageLocal' | 'ListRegistryImages';

export interface HssCall {
  api: HssApi;
  /** Below `/v5/{project_id}/image/`; each segment is encoded here. */
  path: readonly string[];
  /** HSS's own parameter names. What is not set is left out: `false` is not the same as unset. */
  query: Readonly<Record<string, string | undefined>>;
}

export interface FetchedList {
  list: RawList;
  /** Wall time in ms at which the call left: HSS may have read its data at any moment since. */
  fetchedAt: number;
}

export interface HssTarget {
  /** Scheme and host, no trailing slash. */
  endpoint: string;
  region: string;
  projectId: string;
  /** One call in total. */
  timeoutMs: number;
}

/**
 * The only way out to HSS. Called by the endpoints' loads; knows nothing of caches and consumers. A call is:
 * credential gate → authorize → transport → the meaning of the answer.
 */
export class HssClient {
  constructor(
    private readonly target: HssTarget,
    private readonly transport: Transport,
    private readonly authentication: Authentication,
    private readonly gate: CredentialGate,
    private readonly upstreamClock: UpstreamClock,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * @throws UpstreamError, or the reason of a signal of `life`. A call that nobody wants any more is not sent; once
   * sent it has been paid for, so it goes on for whoever asks next.
   */
  async list(call: HssCall, life: LoadLife): Promise<FetchedList> {
    try {
      const beforeSent = AbortSignal.any([life.deadline, life.unwanted]);
      return await this.gate.run(() => this.#call(call, life), beforeSent);
    } catch (error) {
      if (error instanceof UpstreamError && error.code !== 'not-found')
        this.log.warn({ api: call.api, code: error.code, upstream: error.upstream }, error.message);
      throw error;
    }
  }

  async #call(call: HssCall, life: LoadLife): Promise<FetchedList> {
    const headers = await this.#authorize(call);
    try {
      return await this.#exchange(call, headers, life);
    } catch (error) {
      if (!(error instanceof CredentialRefused) || !this.authentication.refused(headers)) throw error;
      return this.#exchange(call, await this.#authorize(call), life);
    }
  }

  #authorize(call: HssCall): Promise<Record<string, string>> {
    const { region, projectId } = this.target;
    return this.authentication.authorize({
      method: 'GET',
      url: this.#url(call),
      headers: { 'X-Project-Id': projectId, region },
    });
  }

  async #exchange(call: HssCall, headers: Record<string, string>, life: LoadLife): Promise<FetchedList> {
    life.unwanted.throwIfAborted();
    const sentAt = this.clock.now();
    const signedAt = this.upstreamClock.now();
    const { timeoutMs } = this.target;
    const answer = await this.transport.send({
      method: 'GET',
      url: this.#url(call),
      headers,
      timeoutMs,
      signal: life.deadline,
    });
    const clockWasOff = this.upstreamClock.learn(answer.header('date'), sentAt, signedAt);
    try {
      return { list: this.#read(answer), fetchedAt: sentAt };
    } catch (error) {
      throw error instanceof CredentialRefused && clockWasOff
        ? new CredentialRefused(error.upstream, error.message, true)
        : error;
    }
  }

  #read(answer: Answer): RawList {
    const requestId = readRequestId(answer.header('x-request-id'));
    const body = answer.json();
    if (answer.status !== 200 || isErrorBody(body)) {
      const retryAfter = answer.header('retry-after');
      throw toUpstreamError({ status: answer.status, body, requestId, retryAfter }, this.clock.now());
    }
    try {
      return readList(body);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      throw new UpstreamError(error.code, error.message, { status: answer.status, code: null, requestId });
    }
  }

  #url(call: HssCall): URL {
    const path = call.path.map(encodeStrictly).join('/');
    const query = Object.entries(call.query)
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
      .join('&');
    return new URL(
      `${this.target.endpoint}/v5/${encodeStrictly(this.target.projectId)}/image/${path}?${query}`,
    );
  }
}

/** It is passed on to consumers and logs: what does not look like an id stays out of them. */
function readRequestId(header: string | null): string | null {
  return header !== null && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : null;
}
