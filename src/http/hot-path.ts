import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Principal } from '../consumers/consumer.js';
import type { Rates } from '../consumers/rates.js';
import type { Clock } from '../time/clock.js';
import { authenticate, type Senders } from './authentication.js';
import { isPacked } from './compression.js';
import type { Cors } from './cors.js';
import type { Exchanges } from './exchanges.js';
import { matchesEtag } from './etag.js';
import { hotKey, isPlain, type HotAnswer, type HotAnswers, type HotForm } from './hot-answers.js';
import { codingOf } from './negotiation.js';
import { quotaHeaders } from './quota.js';
import { requestId } from './request-id.js';
import type { RequestLog } from './request-log.js';
import { hostFault } from './request-target.js';
import { missingOf } from './route-scopes.js';
import type { StaleAnswers } from './stale-answers.js';

export interface HotPathOptions extends Senders {
  answers: HotAnswers;
  rates: Rates;
  exchanges: Exchanges;
  cors: Cors;
  clock: Clock;
  requests: RequestLog;
  isDemo: boolean;
  stale: StaleAnswers;
  /** While the process is about to stop, connections are closed with the next answer. */
  ending: { readonly isEnding: boolean };
}

/** A plain request of a known consumer. */
interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  principal: Principal;
  /** On the monotonic clock. */
  startedAt: number;
}

/**
 * Sends hot answers ahead of Fastify, whose routing, hooks and reply cost three times as much as the answer itself.
 * The hot path never refuses. The hot path answers only plain requests of known consumers for hot answers. Fastify
 * handles every other request, and decides whether to refuse it. Admin routes give no DataAnswer, so no admin answer
 * is ever hot.
 */
export class HotPath {
  constructor(private readonly options: HotPathOptions) {}

  /** Must be called when the server has its other listeners. */
  install(server: Server): void {
    const normalListeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const goNormalWay = () => {
        for (const listener of normalListeners) listener.call(server, request, response);
      };
      if (!this.#answer(request, response, goNormalWay)) goNormalWay();
    });
  }

  /** @returns whether the request was answered, or will be. */
  #answer(request: IncomingMessage, response: ServerResponse, goNormalWay: () => void): boolean {
    const { answers, rates, exchanges, clock } = this.options;
    // A request with a wrong Host goes the normal way, where the admission refuses it.
    if (!isPlain(request) || hostFault(request) !== undefined || request.url === undefined) return false;
    const now = clock.now();
    const startedAt = clock.monotonic();
    const principal = authenticate(request, this.options, now);
    if (!principal) return false;
    const { consumer } = principal;
    const key = hotKey(consumer.view, request.url);
    const asked = { request, response, principal, startedAt };
    const found = answers.find(key, now) ?? answers.findPage(key, now);
    if (found) return this.#sendIfAdmitted(asked, found, now);
    // A consumer over its rate gets no answer, so nobody has to look for one.
    const lookup = rates.isUsedUp(consumer) ? undefined : answers.findElsewhere(key);
    if (!lookup) return false;
    exchanges.add({ request, response });
    void lookup.then((answer) => {
      if (response.destroyed) return;
      if (!answer || !this.#sendIfAdmitted(asked, answer, clock.now())) goNormalWay();
    });
    return true;
  }

  /** @param now wall time in ms. @returns whether the request was answered. */
  #sendIfAdmitted(asked: Asked, answer: HotAnswer, now: number): boolean {
    const { answers, rates } = this.options;
    const { consumer } = asked.principal;
    if (missingOf(consumer, answer.scopes) !== undefined) return false;
    // The answer takes no time, so it does not count among the requests at one time.
    const verdict = rates.isLimited(consumer) ? rates.admit(consumer, null) : undefined;
    if (verdict?.isAllowed === false) return false;
    answers.hits += 1;
    this.#send(asked, answer, verdict ? quotaHeaders(verdict.requests) : [], now);
    return true;
  }

  #send(asked: Asked, answer: HotAnswer, quota: readonly string[], now: number): void {
    const { request, response, startedAt } = asked;
    const { clock, requests, stale, isDemo, ending, cors } = this.options;
    const { etag, age, route } = answer;
    const reqId = requestId(request);
    const isKnown = matchesEtag(request.headers['if-none-match'], etag);
    const isHead = request.method === 'HEAD';
    const status = isKnown ? 304 : 200;
    const form = isKnown && !isHead ? answer.unmodified : this.#acceptedForm(request, answer);
    // Names and values alternate in one list: the form that Node writes out unchanged.
    const headers = ['x-request-id', reqId, ...form.headers.at(now)];
    if (isDemo) headers.push('x-demo-data', 'true');
    if (quota.length > 0) headers.push(...quota);
    if (cors.isOn) headers.push(...cors.headersFor(request.headers.origin));
    if (ending.isEnding) headers.push('connection', 'close');
    response.writeHead(status, headers);
    if (isKnown || isHead) response.end();
    else response.end(form.body, 'latin1');
    stale.note(age, now);
    const { consumer, keyId } = asked.principal;
    const method = request.method ?? '';
    const ms = clock.monotonic() - startedAt;
    requests.answeredHot({ reqId, method, route, status, ms, consumer: consumer.id, keyId }, request.headers);
  }

  #acceptedForm({ headers }: IncomingMessage, answer: HotAnswer): HotForm {
    const { whole } = answer;
    const isPackedForm = isPacked(codingOf(headers['accept-encoding']), whole.body.length);
    return isPackedForm ? this.options.answers.packed(answer) : whole;
  }
}
