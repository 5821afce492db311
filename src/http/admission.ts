import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CallerGone, DeadlineExceeded } from '../time/deadline.js';
import type { Clock } from '../time/clock.js';
import type { AllowedMethods } from './allowed-methods.js';
import type { ApiKeys, Consumer } from './api-keys.js';
import { Problem, renderProblem } from './problem.js';
import { readContext, type RequestContext } from './request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every /v1 route once its key was accepted. */
    context: RequestContext | null;
  }
}

export interface AdmissionOptions {
  keys: ApiKeys;
  methods: AllowedMethods;
  clock: Clock;
  requestDeadlineMs: number;
  publicBasePath: string;
  /** Its answers say that their data are made up. */
  isDemo: boolean;
}

export type ProblemOptions = Pick<AdmissionOptions, 'clock' | 'publicBasePath' | 'isDemo'>;

/** In characters, as sent. */
export const longestUrl = 8_192;

/** An incoming id is kept when it is harmless in headers and logs. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * The one hook that every request passes before anything else: request id, sane URL, who are you, deadline. Which
 * routes need a key is decided by the route that matched, never by the text of the URL, which has many spellings.
 */
export function installAdmission(fastify: FastifyInstance, options: AdmissionOptions): void {
  fastify.decorateRequest('context', null);
  // Node would answer an expectation that it does not know with a bare 417; RFC 9110 lets us ignore it.
  fastify.server.on('checkExpectation', (...exchange) => fastify.server.emit('request', ...exchange));
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (options.isDemo) reply.header('x-demo-data', 'true');
    const problem = admit(request, reply, options);
    if (problem) sendProblem(request, reply, problem, options);
    else done();
  });
}

/** Answers with the problem, whoever found it. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  { clock, publicBasePath, isDemo }: ProblemOptions,
): void {
  const { status, headers, body } = renderProblem(problem, request.id, publicBasePath, clock.now());
  // Fastify's own errors come without having passed the hook.
  if (isDemo) reply.header('x-demo-data', 'true');
  void reply.code(status).headers(headers).send(body);
}

function admit(request: FastifyRequest, reply: FastifyReply, options: AdmissionOptions): Problem | undefined {
  if (request.url.length > longestUrl)
    return new Problem('uri-too-long', `The URL is longer than ${longestUrl} characters`);
  if (!isDecodable(request.url)) return new Problem('invalid-request', 'The URL has a malformed escape');
  if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
    return new Problem('invalid-request', 'The Host header is missing');
  // Before the body is read: what it holds does not matter where nothing takes it.
  const { methods } = options;
  // What one route spells out Fastify takes for another one's parameter, when that one has the method.
  if (request.is404 || methods.lack(request.method, request.url)) return noSuchRoute(methods.of(request.url));
  const route = request.routeOptions.url;
  if (!route?.startsWith('/v1')) return undefined;
  const consumer = authenticate(request.raw, options.keys);
  if (!consumer)
    return new Problem('unauthenticated', 'Send your key as Authorization: Bearer KEY or as X-API-Key: KEY');
  if (route.startsWith('/v1/admin') && consumer.role !== 'admin')
    return new Problem('forbidden', 'This route needs an admin key');
  const context = readContext(request.headers, consumer, options.clock, options.requestDeadlineMs);
  request.context = context;
  if (context.strict) reply.header('preference-applied', 'handling=strict');
  reply.raw.once('close', () =>
    context.deadline.end(reply.raw.writableFinished ? answered : new CallerGone()),
  );
  return undefined;
}

function noSuchRoute(allow: readonly string[]): Problem {
  return allow.length === 0
    ? new Problem('not-found', 'There is no such route')
    : new Problem('method-not-allowed', `This route has ${allow.join(', ')}`, { allow });
}

/** Why nobody waits any more. One for all requests: nobody reads its stack, and taking one costs more than a lookup. */
const answered = new DeadlineExceeded();

/** The one place that tells who sent a request. */
export function authenticate(request: IncomingMessage, keys: ApiKeys): Consumer | undefined {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  const key = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
  const consumer = key === undefined ? undefined : keys.find(key);
  return consumer?.loopbackOnly && !isDirectFromHere(request) ? undefined : consumer;
}

const forwardingHeader =
  /^(forwarded|via|x-(forwarded|original)-.+|(x-)?(real|client|cluster-client|true-client)-ip|cf-.+)$/;

/** From this machine, and not handed on by a proxy that runs on it. */
function isDirectFromHere(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && !Object.keys(request.headers).some((name) => forwardingHeader.test(name));
}

function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** What is no HTTP gets an answer too: Node hands over the bare socket. */
export function answerMalformedHttp(
  error: MalformedHttp,
  socket: Socket,
  { clock, publicBasePath, isDemo }: ProblemOptions,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = explainMalformed(error);
  const { status, headers, body } = renderProblem(problem, randomUUID(), publicBasePath, clock.now());
  const lines = Object.entries({
    ...headers,
    ...(isDemo ? { 'x-demo-data': 'true' } : {}),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

/** With the bytes that were read last. */
type MalformedHttp = NodeJS.ErrnoException & { rawPacket?: unknown };

const urlTooLong = new RegExp(`^[A-Z]+ \\S{${longestUrl}}`);

function explainMalformed({ code, rawPacket }: MalformedHttp): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('invalid-request', 'The request did not arrive in time');
  if (code !== 'HPE_HEADER_OVERFLOW')
    return new Problem('invalid-request', 'This is not a valid HTTP request');
  // To Node, the URL is one of the headers.
  return Buffer.isBuffer(rawPacket) && urlTooLong.test(rawPacket.toString('latin1'))
    ? new Problem('uri-too-long', `The URL is longer than ${longestUrl} characters`)
    : new Problem('headers-too-large', 'The headers are larger than 16 KiB');
}
