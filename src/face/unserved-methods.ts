import type { FastifyInstance } from 'fastify';
import { notServed, renderGatewayError } from './gateway-error.js';

/**
 * Refuses every method but GET on the paths of the face before a body is read: Fastify's own refusals of bodies are in a
 * form that official clients cannot read.
 */
export function refuseOtherMethods(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead || !/^\/v[35]\b/.test(request.routeOptions.url ?? '')) {
      done();
      return;
    }
    const refusal = notServed();
    void reply
      .code(refusal.status)
      .header('content-type', 'application/json')
      .send(Buffer.from(JSON.stringify(renderGatewayError(refusal, request.id))));
  });
}
