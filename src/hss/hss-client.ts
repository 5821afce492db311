/**
 * HssClient is the only way out to HSS. Used by ListReader and AssetStatistics; knows neither caches
 * nor consumers. The steps of a call: budget → credential gate → authorize → exchange. Every attempt needs a new
 * grant; src/hss/retry.ts decides which calls are repeated.
 */
import { sleep, type Clock } from '../time/clock.js';
import type { CallBudget } from '../budget/call-budget.js';
import type { Grant } from '../budget/grant.js';
import type { Load } from '../budget/load.js';
import { Unwanted } from '../budget/budget-errors.js';
import type { CallOutcome, RateHint } from '../budget/call-outcome.js';
import { orAborted, ServiceStopping } from '../time/deadline.js';
import type { Log } from '../telemetry/log.js';
import { inClientSpan, inSpan, traceHeaders } from '../telemetry/tracing.js';
import { AttemptLife } from './attempt-life.js';
import { CallExchange } from './call-exchange.js';
import type { Authentication } from './credential/authentication.js';
import type { CredentialGate } from './credential/credential-gate.js';
import {
  CredentialRefused,
  isBusinessError,
  NotSent,
  Throttled,
  Unavailable,
  UpstreamError,
} from './errors.js';
import type { Fetched, HssCall, HssTarget } from './hss-call.js';
import { CallRetry, GrantLapsed, TokenEnded } from './retry.js';
import type { Transport } from './transport.js';
import type { UpstreamClock } from './upstream-clock.js';
import { UpstreamRecord } from './upstream-record.js';

/** The result of one attempt, and what the budget has to know about it. */
type Attempt<T> = { outcome: CallOutcome } & ({ fetched: Fetched<T> } | { error: unknown });

/** The progress of one attempt, for the budget and the record. */
interface Progress {
  wasSent: boolean;
  /** IAM was asked for a token, and gave none. */
  lacksToken: boolean;
  rateHint?: RateHint;
}

/** Upper end of the random pause before a broken call is repeated (full jitter: the lower end is 0). */
const longestBackoffMs = 500;

export class HssClient {
  readonly #exchange: CallExchange;

  constructor(
    private readonly target: HssTarget,
    transport: Transport,
    private readonly authentication: Authentication,
    private readonly gate: CredentialGate,
    private readonly budget: CallBudget,
    upstreamClock: UpstreamClock,
    private readonly clock: Clock,
    private readonly log: Log,
    /** For operators. */
    readonly record = new UpstreamRecord(),
  ) {
    this.#exchange = new CallExchange(target, transport, upstreamClock, clock);
  }

  /**
   * A call that no caller wants any more is not sent. A call that was sent has used up budget, so it is finished even
   * if all callers hang up: the next caller gets its result.
   * @param read reads the body of an answer without an error; throws UpstreamError when it cannot.
   * @throws UpstreamError, BudgetRefused, Unwanted, or ServiceStopping.
   */
  async fetch<T>(call: HssCall, read: (body: unknown) => T, load: Load): Promise<Fetched<T>> {
    const retry = new CallRetry();
    for (;;) {
      const grant = await this.#turn(call, load);
      const attempt = await this.#attempt(call, read, load, grant, retry);
      const budgetAllowsRetry = grant.finish(attempt.outcome);
      if ('fetched' in attempt) return attempt.fetched;
      const decision = await retry.after(attempt.error, attempt.outcome, budgetAllowsRetry);
      if (decision === 'give-up') throw this.#logged(call, attempt.error);
      if (decision === 'repeat-after-pause') await sleep(this.clock, Math.random() * longestBackoffMs);
    }
  }

  /** Wall time in ms; like `endsAt` of the Authentication. */
  get credentialEndsAt(): number | null {
    return this.authentication.endsAt;
  }

  /** Waits for a turn of the budget. */
  #turn({ api }: HssCall, load: Load): Promise<Grant> {
    const askedAt = this.clock.monotonic();
    // Later callers join a load that waits already, and the callers may be gone when it gets its turn.
    const [first] = load.callers;
    const priority = first?.priority ?? 'background';
    return inSpan('budget wait', { 'hss.api': api }, () => this.budget.acquire(api, load)).finally(() =>
      this.record.waited(api, priority, this.clock.monotonic() - askedAt),
    );
  }

  /** One exchange with HSS, recorded. */
  async #send<T>(
    call: HssCall,
    headers: Record<string, string>,
    read: (body: unknown) => T,
    onRateHint: (hint: RateHint) => void,
  ): Promise<Fetched<T>> {
    const { api } = call;
    const sentAt = this.clock.monotonic();
    this.record.sent(api, sentAt);
    const ended = (error?: unknown) => {
      const monotonic = this.clock.monotonic();
      this.record.ended(api, error, { now: this.clock.now(), monotonic, ms: monotonic - sentAt });
    };
    return inClientSpan(`HSS ${api}`, { 'hss.api': api }, async () => {
      try {
        const sent = { ...headers, ...traceHeaders() };
        const fetched = await this.#exchange.send(call, sent, read, onRateHint);
        ended();
        return fetched;
      } catch (error) {
        ended(error);
        throw error;
      }
    });
  }

  #logged(call: HssCall, error: unknown): unknown {
    if (error instanceof UpstreamError && error.code !== 'not-found')
      this.log.warn({ api: call.api, code: error.code, upstream: error.upstream }, error.message);
    return error;
  }

  /** Never throws: the budget must learn the outcome of every grant. */
  async #attempt<T>(
    call: HssCall,
    read: (body: unknown) => T,
    load: Load,
    grant: Grant,
    retry: CallRetry,
  ): Promise<Attempt<T>> {
    const life = new AttemptLife(load, this.clock, this.target.preparationMs);
    const progress: Progress = { wasSent: false, lacksToken: false };
    try {
      if (!(await orAborted(load.claim(), life.beforeSent))) throw new Unwanted();
      const fetched = await this.gate.run(async () => {
        const request = this.#exchange.request(call);
        const headers = await orAborted(this.authentication.authorize(request), life.beforeSent).finally(
          () => (progress.lacksToken = !this.authentication.isReady),
        );
        const renewal = this.authentication.dueRenewal();
        if (renewal) void this.gate.renew(renewal);
        if (!(await grant.mayStill())) throw new GrantLapsed();
        life.beforeSent.throwIfAborted();
        progress.wasSent = true;
        const onRateHint = (hint: RateHint) => (progress.rateHint = hint);
        return this.#send(call, headers, read, onRateHint).catch((error: unknown) => {
          throw retry.mayCure && this.#hasTokenEnded(error, headers) ? new TokenEnded() : error;
        });
      }, life.beforeSent);
      return { fetched, outcome: answered(progress) };
    } catch (error) {
      if (!progress.wasSent) this.record.unsent(call.api, error, progress.lacksToken, this.clock.now());
      if (retry.isExcused(error)) return { error, outcome: { kind: 'unknown' } };
      const wantsRetry = retry.wantsRetry(error, load.callers.size > 0);
      return { error, outcome: outcomeOf(error, progress, wantsRetry) };
    } finally {
      life.end();
    }
  }

  #hasTokenEnded(error: unknown, headers: Record<string, string>): boolean {
    return error instanceof CredentialRefused && this.authentication.refused(headers);
  }
}

/** Translates the end of a failed attempt for the budget. */
function outcomeOf(error: unknown, progress: Progress, wantsRetry: boolean): CallOutcome {
  if (!progress.wasSent) return { kind: 'unused' };
  if (error instanceof ServiceStopping) return { kind: error.hasLeft ? 'given-up' : 'unused' };
  if (error instanceof Throttled) return { kind: 'throttled', pauseMs: error.pauseMs, named: error.named };
  if (error instanceof NotSent) return { kind: 'unreached', wantsRetry };
  if (error instanceof Unavailable) {
    const { upstream, pauseMs } = error;
    return { kind: 'failed', wantsRetry, isAnswered: upstream !== null, ...(pauseMs > 0 && { pauseMs }) };
  }
  return isBusinessError(error) ? answered(progress) : { kind: 'unknown' };
}

function answered({ rateHint }: Progress): CallOutcome {
  return rateHint ? { kind: 'answered', hint: rateHint } : { kind: 'answered' };
}
