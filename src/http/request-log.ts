/**
 * Records each answered request: one line in the log, one count for the metrics. Used by Fastify's hooks and by the hot
 * path. Records the route's pattern and never the URL: the content of a path or a query belongs to the consumer, and a
 * key pasted there by mistake must not end up in a log.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isTracing, requestSpan, type RequestSpan } from '../telemetry/tracing.js';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import type { AnswerLine, HitLines } from './hit-lines.js';
import type { RequestCounts } from './request-counts.js';
import type { StrictAnswers } from './strict-answers.js';

export interface RequestLogOptions {
  log: Log;
  hits: HitLines;
  counts: RequestCounts;
  strict: StrictAnswers;
  clock: Clock;
}

export class RequestLog {
  constructor(private readonly options: RequestLogOptions) {}

  answered(line: AnswerLine): void {
    const { log, counts } = this.options;
    counts.count(line.consumer, line.route, line.status, line.ms);
    if (line.status >= 500) log.warn(rounded(line), 'Answered with an error');
    else log.info(rounded(line), 'Answered');
  }

  /** An answer to `Prefer: handling=strict`, which is logged and counted like any other besides. */
  answeredStrictly({ route, status, ms }: AnswerLine): void {
    this.options.strict.note(route, status, ms);
  }

  /** An answer from the cache, of which there are many. */
  answeredFromCache(line: AnswerLine): void {
    const { hits, counts } = this.options;
    counts.count(line.consumer, line.route, line.status, line.ms);
    hits.write(line);
  }

  #trace(line: AnswerLine, headers: object): void {
    const endTime = this.options.clock.now();
    const span = requestSpan(line.method, headers, endTime - line.ms);
    if (!span) return;
    line.traceId = span.traceId;
    span.end(line.route, line.status, endTime);
  }

  /** A hit of the hot path: its span is made when the answer is known. */
  answeredHot(line: AnswerLine, headers: object): void {
    if (isTracing()) this.#trace(line, headers);
    this.answeredFromCache(line);
  }
}

/** Whole milliseconds are enough for a person. */
function rounded(line: AnswerLine): AnswerLine {
  line.ms = Math.round(line.ms);
  return line;
}

export function installRequestLog(fastify: FastifyInstance, requests: RequestLog, clock: Clock): void {
  fastify.decorateRequest('startedAt', 0);
  fastify.decorateRequest('span', undefined);
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = clock.monotonic();
    request.span = requestSpan(request.method, request.headers);
    if (request.span) request.span.run(done);
    else done();
  });
  // The body of a request arrives outside of the trace.
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.span) request.span.run(done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? null;
    const line: AnswerLine = {
      reqId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: clock.monotonic() - request.startedAt,
      consumer: request.context?.consumer ?? null,
      keyId: request.context?.principal.keyId ?? null,
      ...(request.span && { traceId: request.span.traceId }),
    };
    if (request.context?.strict) requests.answeredStrictly(line);
    if (isFromCache(reply)) requests.answeredFromCache(line);
    else requests.answered(line);
    request.span?.end(route, reply.statusCode);
    done();
  });
}

function isFromCache(reply: FastifyReply): boolean {
  return reply.statusCode < 400 && /; hit(;|$)/.test(String(reply.getHeader('cache-status') ?? ''));
}

declare module 'fastify' {
  interface FastifyRequest {
    /** On the monotonic clock. */
    startedAt: number;
    /** Undefined when no traces are made. */
    span: RequestSpan | undefined;
  }
}
