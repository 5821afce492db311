import type { FastifyInstance } from 'fastify';

/**
 * Lets the process end as soon as the last answer is sent. Fastify closes idle connections when the shutdown begins. A
 * connection with a running request would stay open for as long as the client likes, so the answer to that request
 * asks the client to close the connection.
 */
export function closeGracefully(fastify: FastifyInstance): { readonly isEnding: boolean } {
  const state = { isEnding: false };
  fastify.addHook('preClose', (done) => {
    state.isEnding = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.isEnding) reply.header('connection', 'close');
    done();
  });
  return state;
}
