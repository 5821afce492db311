import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CallerGone, DeadlineExceeded } from '../resilience/deadline.js';
import type { Clock } from '../resilience/clock.js';
import type { ApiKeys, Consumer } from './api-keys.js';
import { Problem, renderProblem } from './problem.js';
import { readContext, type RequestContext } from './request-context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every /v1 route once its key was accepted. */
    context: RequestContext | null;
  }
}

export interface EdgeOptions {
  keys: ApiKeys;
  clock: Clock;
  requestDeadlineMs: number;
  publicBasePath: string;
  /** Its answers say that their data are made up. */
  isDemo: boolean;
}

export type ProblemOptions = Pick<EdgeOptions, 'clock' | 'publicBasePath' | 'isDemo'>;

const longestUrl = 8_192;

/** An incoming id is kept when it is harmless in headers and logs. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * The one hook that every request passes before anything else: request id, sane URL, who are you, deadline. Which
 * routes need a key is decided by the route that matched, never by the text of the URL, which has many spellings.
 */
export function installEdge(fastify: FastifyInstance, options: EdgeOptions): void {
  fastify.decorateRequest('context', null);
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

function admit(request: FastifyRequest, reply: FastifyReply, options: EdgeOptions): Problem | undefined {
  if (request.url.length > longestUrl)
    return new Problem('uri-too-long', `The URL is longer than ${longestUrl} characters`);
  if (!isDecodable(request.url)) return new Problem('invalid-request', 'The URL has a malformed escape');
  const route = request.routeOptions.url;
  if (!route?.startsWith('/v1')) return undefined;
  const consumer = authenticate(request, options.keys);
  if (!consumer)
    return new Problem('unauthenticated', 'Send your key as Authorization: Bearer KEY or as X-API-Key: KEY');
  if (route.startsWith('/v1/admin') && consumer.role !== 'admin')
    return new Problem('forbidden', 'This route needs an admin key');
  const context = readContext(request.headers, consumer, options.clock, options.requestDeadlineMs);
  request.context = context;
  reply.raw.once('close', () =>
    context.deadline.end(reply.raw.writableFinished ? new DeadlineExceeded() : new CallerGone()),
  );
  return undefined;
}

function authenticate(request: FastifyRequest, keys: ApiKeys): Consumer | undefined {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  const key = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
  const consumer = key === undefined ? undefined : keys.find(key);
  return consumer?.loopbackOnly && !isDirectFromHere(request) ? undefined : consumer;
}

const forwardingHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/** From this machine, and not handed on by a proxy that runs on it. */
function isDirectFromHere(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && !forwardingHeaders.some((name) => name in request.headers);
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
  error: NodeJS.ErrnoException,
  socket: Socket,
  { clock, publicBasePath, isDemo }: ProblemOptions,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('headers-too-large', 'The headers are larger than 16 KiB')
      : new Problem('invalid-request', 'This is not a valid HTTP request');
  const { status, headers, body } = renderProblem(problem, randomUUID(), publicBasePath, clock.now());
  const lines = Object.entries({
    ...headers,
    ...(isDemo ? { 'x-demo-data': 'true' } : {}),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n` +
      `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}
