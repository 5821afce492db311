/**
 * Remembers what each connection is doing: the request that came last, and the answers that are not sent yet. Used by
 * the code that answers on a bare socket and must not answer a request twice or out of turn.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

interface Connection {
  last: Exchange;
  /** The answers that are not sent to their end, in the order of their requests. */
  readonly open: Set<ServerResponse>;
}

export class Exchanges {
  readonly #connections = new WeakMap<Socket, Connection>();

  /** Must be called before the hot path is installed: an answer that the hot path sends at once needs no memory. */
  watch(server: Server): void {
    server.prependListener('request', (request, response) => this.add({ request, response }));
  }

  /** For an answer of the hot path that is not sent at once. Adding an exchange twice does no harm. */
  add({ request, response }: Exchange): void {
    const open = this.#connections.get(request.socket)?.open ?? new Set();
    // The second time, a later request can have come on the connection, and stays the last.
    if (open.has(response)) return;
    this.#connections.set(request.socket, { last: { request, response }, open });
    open.add(response);
    response.once('close', () => open.delete(response));
  }

  /** The request whose body the connection has begun to send and not ended; undefined between requests. */
  unfinished(socket: Socket): Exchange | undefined {
    const last = this.#connections.get(socket)?.last;
    return last?.request.complete === false ? last : undefined;
  }

  /** Resolves when all answers on the connection are sent or given up, except that to the unfinished request. */
  async answered(socket: Socket): Promise<void> {
    const unfinished = this.unfinished(socket)?.response;
    for (const response of this.#connections.get(socket)?.open ?? [])
      if (response !== unfinished) await new Promise((resolve) => response.once('close', resolve));
  }
}
