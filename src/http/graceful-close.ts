import type { FastifyInstance } from 'fastify';

/**
 * Lets the end come as soon as the last answer is out. Idle connections are closed when the end begins; one whose
 * request is still under way would stay open after it, for as long as its client likes.
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
