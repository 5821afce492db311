import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Connections over which a request can leave at once: made, and with a finished TLS handshake. */
const ready = new WeakSet<Socket>();

/** The ways in which a connection ends that the other side had closed before it saw the request. */
const closings: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/**
 * Watches how far one request came. Without a finished connection no byte of it was sent, so nobody has counted the
 * call. Used by Transport only.
 */
export class Departure {
  #socket: Socket | undefined;
  #hasLeft = false;
  #bytesReadBefore: number | undefined;

  watch(request: ClientRequest): ClientRequest {
    request.once('socket', (socket) => {
      this.#socket = socket;
      if (ready.has(socket)) {
        this.#hasLeft = true;
        this.#bytesReadBefore = socket.bytesRead;
        return;
      }
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        ready.add(socket);
        this.#hasLeft = true;
      });
    });
    return request;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Node's code for the reason why the certificate is not trusted; null for another end. */
  get untrusted(): string | null {
    // Node's types promise an Error, but the property holds a code, and null without a fault.
    const reason: unknown = this.#socket instanceof TLSSocket ? this.#socket.authorizationError : null;
    return typeof reason === 'string' && !this.#hasLeft ? reason : null;
  }

  /** Whether a connection of earlier requests was closed before the first byte of the answer. @param code of Node. */
  isLapsed(code: unknown): boolean {
    return closings.includes(code) && this.#bytesReadBefore === this.#socket?.bytesRead;
  }
}
