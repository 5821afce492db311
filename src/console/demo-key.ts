import type { FastifyInstance } from 'fastify';
import { isDirectFromThisMachine } from '../http/authentication.js';

/**
 * A page of another site that a name server sends to this machine has that site's name as `Host`. A page of another
 * site that asks for this machine by its address cannot read the answer.
 */
const thisMachine = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/** Tells the key of the demo to the console of a browser on this machine, so that the demo opens without typing. */
export function installDemoKey(fastify: FastifyInstance, key: string): void {
  fastify.get('/console/demo-key', (request, reply) => {
    const isOurs = isDirectFromThisMachine(request.raw) && thisMachine.test(request.headers.host ?? '');
    if (isOurs) void reply.header('cache-control', 'no-store').send({ key });
    else reply.callNotFound();
  });
}
