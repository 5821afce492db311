/** A proxy for HTTPS_PROXY: makes CONNECT tunnels, and remembers who asked for which. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface TunnelProxy {
  /** With credentials. */
  url: string;
  asked: IncomingMessage[];
  close: () => void;
}

/** @param targetPort every tunnel ends at this port of this machine. @param status of another answer than 200. */
export async function openTunnelProxy(targetPort: number, status = 200): Promise<TunnelProxy> {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const target = connect(targetPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    sockets.add(target);
    target.on('error', () => undefined);
    target.pipe(socket).pipe(target);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    close: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
