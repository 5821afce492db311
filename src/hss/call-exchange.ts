import type { Clock } from '../time/clock.js';
import type { RateHint } from '../budget/call-outcome.js';
import { asForbidden, isErrorBody, isRightMissing, readRateHint, toUpstreamError } from './error-answer.js';
import { CredentialRefused, UpstreamError } from './errors.js';
import { encodeStrictly } from '../signing/canonical-form.js';
import type { UnsignedRequest } from './credential/authentication.js';
import type { Fetched, HssCall, HssTarget } from './hss-call.js';
import type { Answer } from './answer.js';
import type { Transport } from './transport.js';
import type { UpstreamClock } from './upstream-clock.js';

/**
 * One HSS call as one HTTP exchange: builds the request, sends it once and reads the answer.
 * Used by HssClient only. Never repeats a call and knows neither budget nor credential gate.
 */
export class CallExchange {
  constructor(
    private readonly target: HssTarget,
    private readonly transport: Transport,
    private readonly upstreamClock: UpstreamClock,
    private readonly clock: Clock,
  ) {}

  request(call: HssCall): UnsignedRequest {
    const { region, projectId } = this.target;
    return { method: 'GET', url: this.#url(call), headers: { 'X-Project-Id': projectId, region } };
  }

  /**
   * @param headers the request's headers with the proof of identity.
   * @param read reads the body of the answer; throws UpstreamError for a body that it does not understand.
   * @param onRateHint receives the gateway's rate hint, from error answers too.
   * @throws UpstreamError
   */
  async send<T>(
    call: HssCall,
    headers: Record<string, string>,
    read: (body: unknown) => T,
    onRateHint: (hint: RateHint) => void,
  ): Promise<Fetched<T>> {
    const sentAt = this.clock.now();
    const signedAt = this.upstreamClock.now();
    const { timeoutMs } = this.target;
    const url = this.#url(call);
    const answer = await this.transport.send({ to: 'HSS', method: 'GET', url, headers, timeoutMs });
    const clockWasOff = this.upstreamClock.learn(answer.header('date'), sentAt, signedAt);
    const hint = readRateHint(answer.header('x-apig-ratelimit-user'));
    if (hint) onRateHint(hint);
    try {
      return { answer: this.#read(answer, read), fetchedAt: sentAt };
    } catch (error) {
      const project = call.query['enterprise_project_id'];
      if (project !== this.target.enterpriseProjectId && isRightMissing(error)) throw asForbidden(error);
      throw error instanceof CredentialRefused && clockWasOff
        ? new CredentialRefused(error.upstream, error.message, true)
        : error;
    }
  }

  #read<T>(answer: Answer, read: (body: unknown) => T): T {
    const requestId = readRequestId(answer.header('x-request-id'));
    const body = answer.json();
    if (answer.status !== 200 || isErrorBody(body)) {
      const retryAfter = answer.header('retry-after');
      const times = { now: this.clock.now(), upstreamNow: this.upstreamClock.now() };
      throw toUpstreamError({ status: answer.status, body, requestId, retryAfter }, times);
    }
    try {
      if (answer.fault !== null)
        throw new UpstreamError('upstream-invalid-response', `The answer of HSS ${answer.fault}`);
      return read(body);
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

/** Consumers and logs get the request id, so text that does not look like an id is dropped. */
function readRequestId(header: string | null): string | null {
  return header !== null && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : null;
}
