import { sleep, type Clock } from '../time/clock.js';
import type { CallBudget } from '../budget/call-budget.js';
import type { Grant } from '../budget/api-budget.js';
import type { Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import type { CallOutcome, RateHint } from '../budget/call-outcome.js';
import { orAborted } from '../time/deadline.js';
import type { Log } from '../telemetry/log.js';
import type { Authentication } from './credential/authentication.js';
import type { CredentialGate } from './credential/credential-gate.js';
import { readList, type RawList } from './envelope.js';
import { AttemptLife } from './attempt-life.js';
import { isErrorBody, readRateHint, toUpstreamError } from './error-answer.js';
import { CredentialRefused, Throttled, Unavailable, UpstreamError } from './errors.js';
import { encodeStrictly } from './credential/signer.js';
import type { Answer, Transport } from './transport.js';
import type { UpstreamClock } from './upstream-clock.js';

/** The four HSS calls that this service wraps, by HSS's own names. */
export const hssApis = [
  'ListImageFiles',
  'ListImageBasicImage',
  'ListImageLocal',
  'ListRegistryImages',
] as const;
export type HssApi = (typeof hssApis)[number];

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

/** One attempt: what came of it, and what the budget has to know. */
type Attempt = { outcome: CallOutcome } & ({ fetched: FetchedList } | { error: unknown });

/** What an answer says of the rate, whatever else it says. */
interface Heard {
  hint?: RateHint;
}

/** Between its grant and its sending something came up: the slot goes back, and the load queues again. */
class GrantLapsed extends Error {}

/** A refusal that a fresh token may cure, once per call. The gate must not count it: it says nothing of the user. */
class TokenEnded extends Error {}

/** A call that a gateway or a connection broke may be repeated, once. */
const maxAttempts = 2;
/** Full jitter: anything between nothing and this. */
const longestBackoffMs = 500;

/**
 * The only way out to HSS. Called by the endpoints' loads; knows nothing of caches and consumers. A call is: budget
 * → credential gate → authorize → transport → the meaning of the answer; and every attempt asks the budget anew.
 */
export class HssClient {
  constructor(
    private readonly target: HssTarget,
    private readonly transport: Transport,
    private readonly authentication: Authentication,
    private readonly gate: CredentialGate,
    private readonly budget: CallBudget,
    private readonly upstreamClock: UpstreamClock,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * @throws UpstreamError, BudgetRefused, or Unwanted. A call that nobody wants any more is not sent; once sent it
   * has been paid for, so it goes on for whoever asks next.
   */
  async list(call: HssCall, load: Load): Promise<FetchedList> {
    let wasCured = false;
    for (let attempts = 0; ;) {
      const grant = await this.budget.acquire(call.api, load);
      const mayBeLast = attempts + 1 >= maxAttempts;
      const attempt = await this.#attempt(call, load, grant, { mayRenewToken: !wasCured, mayBeLast });
      const ended = grant.finish(attempt.outcome);
      if ('fetched' in attempt) return attempt.fetched;
      if (attempt.error instanceof GrantLapsed) continue;
      attempts += 1;
      const isCured = attempt.error instanceof TokenEnded || wasClockOff(attempt.error);
      const mayRepeat: boolean = isCured && !wasCured;
      const mayRetry = wantsRetry(attempt.outcome) && (await ended);
      if (!mayRepeat && !mayRetry) throw this.#logged(call, attempt.error);
      wasCured ||= mayRepeat;
      if (mayRetry) await sleep(this.clock, Math.random() * longestBackoffMs);
    }
  }

  #logged(call: HssCall, error: unknown): unknown {
    if (error instanceof UpstreamError && error.code !== 'not-found')
      this.log.warn({ api: call.api, code: error.code, upstream: error.upstream }, error.message);
    return error;
  }

  /** Never throws: whatever happens, the slot it was granted must be accounted for. */
  async #attempt(
    call: HssCall,
    load: Load,
    grant: Grant,
    { mayRenewToken, mayBeLast }: { mayRenewToken: boolean; mayBeLast: boolean },
  ): Promise<Attempt> {
    const life = new AttemptLife(load, this.clock);
    const heard: Heard = {};
    let wasSent = false as boolean;
    try {
      if (!(await orAborted(load.claim(), life.beforeSent))) throw new Unwanted();
      const fetched = await this.gate.run(async () => {
        const authorized = await orAborted(this.#authorize(call), life.beforeSent);
        if (!(await grant.mayStill())) throw new GrantLapsed();
        life.beforeSent.throwIfAborted();
        wasSent = true;
        return this.#exchange(call, authorized, heard).catch((error: unknown) => {
          throw mayRenewToken && this.#hasTokenEnded(error, authorized) ? new TokenEnded() : error;
        });
      }, life.beforeSent);
      return { fetched, outcome: { kind: 'answered', ...heard } };
    } catch (error) {
      const mayRetry = !mayBeLast && load.callers.size > 0;
      return { error, outcome: wasSent ? outcomeOf(error, mayRetry, heard) : { kind: 'unused' } };
    } finally {
      life.end();
    }
  }

  #hasTokenEnded(error: unknown, headers: Record<string, string>): boolean {
    return error instanceof CredentialRefused && this.authentication.refused(headers);
  }

  #authorize(call: HssCall): Promise<Record<string, string>> {
    const { region, projectId } = this.target;
    return this.authentication.authorize({
      method: 'GET',
      url: this.#url(call),
      headers: { 'X-Project-Id': projectId, region },
    });
  }

  async #exchange(call: HssCall, headers: Record<string, string>, heard: Heard): Promise<FetchedList> {
    const sentAt = this.clock.now();
    const signedAt = this.upstreamClock.now();
    const { timeoutMs } = this.target;
    const answer = await this.transport.send({ method: 'GET', url: this.#url(call), headers, timeoutMs });
    const clockWasOff = this.upstreamClock.learn(answer.header('date'), sentAt, signedAt);
    const hint = readRateHint(answer.header('x-apig-ratelimit-user'));
    if (hint) heard.hint = hint;
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
      const times = { now: this.clock.now(), upstreamNow: this.upstreamClock.now() };
      throw toUpstreamError({ status: answer.status, body, requestId, retryAfter }, times);
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

/** We had signed by a wrong clock, and know the right time now. */
function wasClockOff(error: unknown): boolean {
  return error instanceof CredentialRefused && error.clockWasOff && error.retryAt === null;
}

/** What the end of a call that was sent means for the budget. */
function outcomeOf(error: unknown, mayRetry: boolean, heard: Heard): CallOutcome {
  if (error instanceof Throttled) return { kind: 'throttled', pauseMs: error.pauseMs, named: error.named };
  if (error instanceof Unavailable) {
    const isAnswered = error.upstream !== null;
    return { kind: 'failed', wantsRetry: mayRetry && error.isTransient, isAnswered };
  }
  const isAnswer = error instanceof UpstreamError && error.upstream?.code?.startsWith('HSS.') === true;
  return isAnswer ? { kind: 'answered', ...heard } : { kind: 'unknown' };
}

function wantsRetry(outcome: CallOutcome): boolean {
  return outcome.kind === 'failed' && outcome.wantsRetry;
}
