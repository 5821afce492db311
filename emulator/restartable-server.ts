/**
 * A listening socket that can be closed and opened again on the same port, as when a service host restarts. Used
 * by emulator.ts.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A project token may be 32,768 characters long; Node's own limit for all headers is 16 KiB. */
const maxHeaderBytes = 64 * 1024;
/** Node's own 5 s end idle connections of SDKs that do not repeat a call on a closed connection. */
const keepAliveMs = 72_000;

export class RestartableServer {
  #server: Server | undefined;
  #boundPort: number;

  constructor(
    private readonly host: string,
    port: number,
    private readonly listener: RequestListener,
  ) {
    this.#boundPort = port;
  }

  get port(): number {
    return this.#boundPort;
  }

  get isListening(): boolean {
    return this.#server !== undefined;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer(
      { maxHeaderSize: maxHeaderBytes, keepAliveTimeout: keepAliveMs },
      this.listener,
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#boundPort, this.host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#server = server;
    this.#boundPort = (server.address() as AddressInfo).port;
  }

  /** Closes every connection at once, including connections whose answer is still delayed. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }
}
