/** An upstream that answers exactly as one test says, for tests to which the emulator is too well-behaved. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface UpstreamServer {
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly IncomingMessage[];
  /** Every connection so far, closed ones too. */
  readonly connections: readonly Socket[];
  /** Resolves when all connections are closed by the other side. */
  abandoned(): Promise<void>;
  close(): Promise<void>;
}

export async function startUpstream(listener: RequestListener): Promise<UpstreamServer> {
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(request);
    response.on('error', () => undefined);
    listener(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections,
    abandoned: async () => {
      for (const socket of connections)
        if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
