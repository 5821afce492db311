/**
 * Logs one line for each request. Used by Fastify's hooks and by the hot path. Logs the route's pattern and never the
 * URL: the content of a path or a query belongs to the consumer, and a key pasted there by mistake must not end up in
 * a log.
 */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';

/** The fields of a log line about one answered request. */
export interface AnswerLine {
  reqId: string;
  method: string;
  route: string | null;
  status: number;
  ms: number;
  consumer: string | null;
  /** The id of the key, which tells two keys of one consumer apart. */
  keyId: string | null;
}

export function logAnswer(log: Log, line: AnswerLine): void {
  if (line.status >= 500) log.warn(line, 'Answered with an error');
  else log.info(line, 'Answered');
}

export function installRequestLog(fastify: FastifyInstance, log: Log, clock: Clock): void {
  fastify.decorateRequest('startedAt', 0);
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = clock.monotonic();
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    logAnswer(log, {
      reqId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(clock.monotonic() - request.startedAt),
      consumer: request.context?.consumer ?? null,
      keyId: request.context?.principal.keyId ?? null,
    });
    done();
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** On the monotonic clock. */
    startedAt: number;
  }
}
