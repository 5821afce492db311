/**
 * Answers to requests whose body was not read: refusals before the body, and bodies that no route asks for. Such an
 * answer ends the connection. Nothing of the body is kept.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../time/clock.js';

/**
 * A connection that is closed while bytes are unread is reset, and a client that is still sending then loses the
 * answer. So what the client sends is dropped for a moment, until the client has seen the answer.
 */
const longestFarewellMs = 1_000;
const mostDroppedBytes = 256 * 1024;

/** Installs the rule for all answers of Fastify. */
export function endWhenUnread(fastify: FastifyInstance, clock: Clock): void {
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    endIfUnread(request, reply, clock);
    done();
  });
}

/** The rule for one answer, for answers that Fastify sends without hooks. */
export function endIfUnread({ raw }: FastifyRequest, reply: FastifyReply, clock: Clock): void {
  if (raw.complete || !announcesBody(raw)) return;
  reply.header('connection', 'close');
  dropBody(raw, clock);
}

/** Node knows only later that a request without a body is complete. */
function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function dropBody(request: IncomingMessage, clock: Clock): void {
  const { socket } = request;
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > mostDroppedBytes) socket.destroy();
  });
  // Node calls this after an answer with `Connection: close`, and would close the connection at once.
  socket.destroySoon = () => endAfterAnswer(socket, clock);
}

/** Ends the connection after the bytes that were written, and closes it when the client has had time to read them. */
export function endAfterAnswer(socket: Socket, clock: Clock): void {
  socket.end();
  socket.once(
    'close',
    clock.after(longestFarewellMs, () => socket.destroy()),
  );
}
