import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy in front of a server of this machine: a test can cut the link of one client while other clients go on. */
export interface SeverableLink {
  readonly port: number;
  /** Breaks all connections and refuses new ones. */
  cut(): void;
  /** The network goes silent: bytes of the client, of the server, or of both wait in it until `mend`. */
  hold(way: 'commands' | 'answers' | 'both'): void;
  mend(): void;
  close(): Promise<void>;
}

export async function linkTo(targetPort: number): Promise<SeverableLink> {
  const sockets = new Set<Socket>();
  /** The ways through all connections: each lets its bytes through, or holds them. */
  const ways = new Set<() => void>();
  let isCut = false;
  let held: Parameters<SeverableLink['hold']>[0] | null = null;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(targetPort, '127.0.0.1');
    for (const [socket, other, way] of [
      [near, far, 'commands'],
      [far, near, 'answers'],
    ] as const) {
      const flow = () => {
        const isHeld = held === 'both' || held === way;
        socket.unpipe(other);
        if (!isHeld) socket.pipe(other);
      };
      sockets.add(socket);
      ways.add(flow);
      flow();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        ways.delete(flow);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hold = (way: typeof held) => {
    held = way;
    for (const flow of ways) flow();
  };
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      dropAll();
    },
    hold,
    mend: () => {
      isCut = false;
      hold(null);
    },
    close: async () => {
      server.close();
      dropAll();
      await once(server, 'close');
    },
  };
}
