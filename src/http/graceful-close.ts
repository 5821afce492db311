/**
 * Lets the process end as soon as the last answer is sent. Fastify closes idle connections when the shutdown begins. A
 * connection with a running request would stay open for as long as the client likes, so the answer to that request
 * asks the client to close the connection.
 */
import type { Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../time/clock.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Listen on further addresses and hand their connections to the HTTP server. Close with the HTTP server. */
    gates: Set<Server>;
  }
}

/**
 * From the start of the shutdown, running requests have this time. Then their connections are closed: a body that does
 * not come, or a client that reads slowly, must not keep the process. Shorter than the limit of main.ts.
 */
const longestCloseMs = 7_000;

export function closeGracefully(fastify: FastifyInstance, clock: Clock): { readonly isEnding: boolean } {
  const state = { isEnding: false };
  const gates = new Set<Server>();
  let closed: Promise<unknown> | undefined;
  let cancel = () => {};
  fastify.decorate('gates', gates);
  fastify.addHook('preClose', (done) => {
    state.isEnding = true;
    cancel = clock.after(longestCloseMs, () => fastify.server.closeAllConnections());
    closed = Promise.all([...gates].map((gate) => new Promise((resolve) => gate.close(resolve))));
    done();
  });
  fastify.addHook('onClose', async () => {
    await closed;
    cancel();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.isEnding) reply.header('connection', 'close');
    done();
  });
  return state;
}
