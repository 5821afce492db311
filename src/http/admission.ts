/**
 * Admits or refuses requests: the one hook that every request passes before any route code runs, unless the hot path
 * answers the request first. Checks the URL, the method, the API key and its scopes, and gives the request its context. Never
 * reads the body.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../consumers/consumer.js';
import type { Rates } from '../consumers/rates.js';
import { coolDownMs, SigningKeysAway } from '../consumers/signing-keys.js';
import { CallerGone, DeadlineExceeded } from '../time/deadline.js';
import type { AllowedMethods } from './allowed-methods.js';
import { authenticate, presentedKey, verifyToken, type Senders } from './authentication.js';
import type { ClientAddress } from './client-address.js';
import type { FailedAuthentications } from './failed-authentications.js';
import { codingOf, jsonType, preferredType } from './negotiation.js';
import { isForAnotherOrigin } from './own-origin.js';
import { hostsForbidden, namespacesForbidden, Problem } from './problem.js';
import { refuseBody } from './request-body.js';
import { readContext, type RequestContext } from './request-context.js';
import { hostFault, isDecodable } from './request-target.js';
import { asksForHosts, isUnbounded, missingScope, needsKey, takesKey } from './route-scopes.js';
import { overRate, quotaHeaders } from './quota.js';
import { sendProblem, type ProblemOptions } from './send-problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that needs a key, after the sender is known. */
    context: RequestContext | null;
  }
}

export interface AdmissionOptions extends ProblemOptions, Senders {
  rates: Rates;
  failures: FailedAuthentications;
  addresses: ClientAddress;
  methods: AllowedMethods;
  requestDeadlineMs: number;
}

/** The longest URL, in characters as sent. */
export const longestUrl = 8_192;

/**
 * Installs the hook. The matched route decides whether a request needs a key; the text of the URL never decides,
 * because one path can be written in many ways.
 */
export function installAdmission(fastify: FastifyInstance, options: AdmissionOptions): void {
  fastify.decorateRequest('context', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    if (options.isDemo) reply.header('x-demo-data', 'true');
    const proceed = (problem: Problem | undefined) => {
      const refused = problem ?? admitWithinRate(request, reply, options);
      if (refused) sendProblem(request, reply, refused, options);
      else done();
    };
    const judged = admit(request, reply, options);
    // Only a token that must be verified takes another turn.
    if (judged instanceof Promise) judged.then(proceed).catch(done);
    else proceed(judged);
  });
}

/** Counts the request, and tells the consumer what is left. @returns the problem of a request over the rate. */
function admitWithinRate(
  { context }: FastifyRequest,
  reply: FastifyReply,
  { rates, clock }: AdmissionOptions,
): Problem | undefined {
  if (!context || !rates.isLimited(context.principal.consumer)) return undefined;
  const onEnd = (end: () => void) => void reply.raw.once('close', end);
  const verdict = rates.admit(context.principal.consumer, onEnd);
  const headers = quotaHeaders(verdict.requests);
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
  return verdict.isAllowed ? undefined : overRate(verdict, clock);
}

function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AdmissionOptions,
): Problem | undefined | Promise<Problem | undefined> {
  const route = request.routeOptions.url;
  // The face has its own form of a refusal.
  const isOurs = route?.startsWith('/v5') !== true && route?.startsWith('/v3') !== true;
  if (isOurs && request.url.length > longestUrl)
    return new Problem('uri-too-long', `The URL is longer than ${longestUrl} characters`);
  if (!isDecodable(request.url))
    return new Problem('invalid-request', 'The URL has a malformed percent escape');
  const fault = hostFault(request.raw);
  if (fault !== undefined) return new Problem('invalid-request', fault);
  // A request without a route is refused before its body is read, because no code would use the body.
  const { methods } = options;
  // If a fixed path lacks the method and a path with a parameter has the method, Fastify uses the path with the
  // parameter. `methods.lack` finds this case.
  if (request.is404 || (isOurs && methods.lack(request.method, request.url)))
    return noSuchRoute(methods.of(request.url));
  const isKeyed = route !== undefined && (needsKey(route) || (takesKey(route) && hasKey(request)));
  // The face answers in HSS's own forms only.
  if (!isKeyed) return isOurs ? refuseForm(request) : undefined;
  const principal = authenticate(request.raw, options, options.clock.now());
  return principal
    ? accept(principal, route, request, reply, options)
    : admitToken(route, request, reply, options);
}

/** Verifies a JWT, and refuses every other sender that is not known. */
async function admitToken(
  route: string,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AdmissionOptions,
): Promise<Problem | undefined> {
  try {
    const principal = await verifyToken(request.raw, options);
    // What would end with the connection cannot be hung on a closed one.
    if (reply.raw.destroyed) throw new CallerGone();
    if (principal) return accept(principal, route, request, reply, options);
  } catch (error) {
    if (!(error instanceof SigningKeysAway)) throw error;
    const retryAt = options.clock.now() + coolDownMs;
    return new Problem('overloaded', 'The keys of the issuer of this token cannot be read', { retryAt });
  }
  return options.failures.refuse(options.addresses.of(request.raw), presentedKey(request.raw));
}

/** Gives the request of a known sender its context. @returns the problem of a sender without the scope. */
function accept(
  principal: Principal,
  route: string,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AdmissionOptions,
): Problem | undefined {
  const context = readContext(
    request.headers,
    principal,
    options.rates,
    options.clock,
    options.requestDeadlineMs,
  );
  request.context = context;
  reply.raw.once('close', () =>
    context.deadline.end(reply.raw.writableFinished ? answered : new CallerGone()),
  );
  const missing = missingScope(principal.consumer, request.method, route);
  if (missing !== undefined) return new Problem('forbidden', `This route needs the scope ${missing}`);
  const { hosts, namespaces } = principal.consumer.view;
  if (!hosts && asksForHosts(request.query as object)) return hostsForbidden();
  if (namespaces && isUnbounded(route, request.query as object)) return namespacesForbidden();
  if (changesState(request.method, route) && isForAnotherOrigin(request.headers))
    return new Problem('forbidden', 'A page of another origin may not change the state of this service');
  // Only routes with POST read a body.
  const refused =
    (request.method === 'POST' ? refuseBody(request.headers) : undefined) ??
    refuseForm(request, needsKey(route) ? [jsonType] : undefined);
  if (refused) return refused;
  if (context.strict) reply.header('preference-applied', 'handling=strict');
  return undefined;
}

/**
 * @param types what the route produces if its settings do not say it. Undefined: one type, whatever the client accepts,
 * since pages and checks of health must not fail for their `Accept`.
 * @returns the problem of a client that accepts none of the forms that the route can answer in.
 */
function refuseForm(
  { headers, routeOptions }: FastifyRequest,
  types?: readonly string[],
): Problem | undefined {
  const { produces = types } = routeOptions.config as { produces?: readonly string[] };
  if (produces && preferredType(headers.accept, produces) === undefined)
    return new Problem('not-acceptable', `The formats of this route are ${produces.join(', ')}`);
  if (codingOf(headers['accept-encoding']) === 'none')
    return new Problem('not-acceptable', 'The codings of this route are identity and gzip');
  return undefined;
}

function hasKey({ raw }: FastifyRequest): boolean {
  return presentedKey(raw) !== undefined;
}

function changesState(method: string, route: string): boolean {
  return method === 'POST' && route.startsWith('/v1/admin');
}

function noSuchRoute(allow: readonly string[]): Problem {
  return allow.length === 0
    ? new Problem('not-found', 'There is no such route')
    : new Problem('method-not-allowed', `The methods of this route are ${allow.join(', ')}`, { allow });
}

/**
 * Ends the deadline of an answered request. All requests share this error: no code reads its stack, and capturing a
 * stack for each request would cost more than a cache lookup.
 */
const answered = new DeadlineExceeded();
