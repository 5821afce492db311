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
import { hostLines } from './request-target.js';
import { missingOf } from './route-scopes.js';
import type { StaleAnswers } from './stale-answers.js';

export interface HotPathOptions extends Senders {
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

/**
 * Sends hot answers ahead of Fastify, whose routing, hooks and reply cost three times as much as the answer itself.
 * The hot path never refuses. The hot path answers only plain requests of known consumers for hot answers. Fastify
 * handles every other request, and decides whether to refuse it. Admin routes give no DataAnswer, so no admin answer
 * is ever hot.
 */
export function installHotPath(server: Server, answers: HotAnswers, options: HotPathOptions): void {
  const normalListeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const goNormalWay = () => {
      for (const listener of normalListeners) listener.call(server, request, response);
    };
    if (!sendHot(request, response, answers, options, goNormalWay)) goNormalWay();
  });
}

/** @returns whether the request was answered, or will be. */
function sendHot(
  request: IncomingMessage,
  response: ServerResponse,
  answers: HotAnswers,
  options: HotPathOptions,
  goNormalWay: () => void,
): boolean {
  const { exchanges, clock } = options;
  // A request without Host, or with several, goes the normal way, where the admission refuses it.
  if (!isPlain(request) || hostLines(request) !== 1 || request.url === undefined) return false;
  const now = clock.now();
  const startedAt = clock.monotonic();
  const principal = authenticate(request, options, now);
  if (!principal) return false;
  const key = hotKey(principal.consumer.view, request.url);
  const found = answers.find(key, now) ?? answers.findPage(key, now);
  if (found) return sendIfAdmitted(request, response, answers, found, principal, options, now, startedAt);
  const lookup = answers.findElsewhere(key);
  if (!lookup) return false;
  exchanges.add({ request, response });
  void lookup.then((answer) => {
    if (response.destroyed) return;
    const then = clock.now();
    if (answer && sendIfAdmitted(request, response, answers, answer, principal, options, then, startedAt))
      return;
    goNormalWay();
  });
  return true;
}

/** @returns whether the request was answered. */
function sendIfAdmitted(
  request: IncomingMessage,
  response: ServerResponse,
  answers: HotAnswers,
  answer: HotAnswer,
  principal: Principal,
  options: HotPathOptions,
  now: number,
  startedAt: number,
): boolean {
  const { rates } = options;
  const { consumer } = principal;
  if (missingOf(consumer, answer.scopes) !== undefined) return false;
  // The answer takes no time, so it does not count among the requests at one time.
  const verdict = rates.isLimited(consumer) ? rates.admit(consumer, null) : undefined;
  if (verdict?.isAllowed === false) return false;
  answers.hits += 1;
  const quota = verdict ? quotaHeaders(verdict.requests) : [];
  send(request, response, answers, answer, principal, quota, options, now, startedAt);
  return true;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  answers: HotAnswers,
  answer: HotAnswer,
  { consumer, keyId }: Principal,
  quota: readonly string[],
  { clock, requests, stale, isDemo, ending, cors }: HotPathOptions,
  now: number,
  startedAt: number,
): void {
  const { etag, age, route } = answer;
  const reqId = requestId(request);
  const isKnown = matchesEtag(request.headers['if-none-match'], etag);
  const isHead = request.method === 'HEAD';
  const status = isKnown ? 304 : 200;
  const form = isKnown && !isHead ? answer.unmodified : acceptedForm(request, answers, answer);
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
  const method = request.method ?? '';
  const ms = clock.monotonic() - startedAt;
  requests.answeredHot({ reqId, method, route, status, ms, consumer: consumer.id, keyId }, request.headers);
}

function acceptedForm({ headers }: IncomingMessage, answers: HotAnswers, answer: HotAnswer): HotForm {
  const { whole } = answer;
  return isPacked(codingOf(headers['accept-encoding']), whole.body.length) ? answers.packed(answer) : whole;
}
