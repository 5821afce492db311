import type { FastifyInstance } from 'fastify';
import type { Clock } from '../resilience/clock.js';
import type { Log } from '../telemetry/log.js';

/**
 * One line per request. The route's pattern and never the URL: what a consumer types into a path or a query is
 * theirs, and a key that was pasted there by mistake must not end up in a log.
 */
export function installRequestLog(fastify: FastifyInstance, log: Log, clock: Clock): void {
  fastify.decorateRequest('startedAt', 0);
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = clock.monotonic();
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const fields = {
      reqId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(clock.monotonic() - request.startedAt),
      consumer: request.context?.consumer ?? null,
    };
    if (reply.statusCode >= 500) log.warn(fields, 'Answered with an error');
    else log.info(fields, 'Answered');
    done();
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** On the monotonic clock. */
    startedAt: number;
  }
}
