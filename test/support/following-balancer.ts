/**
 * A balancer that follows readiness, as Kubernetes does, and opens a connection for each request. It never tries a
 * request again, so each refused connection shows.
 */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const askEveryMs = 50;
/** Longer than any answer takes on a busy machine. */
const answersWithinMs = 60_000;

export interface FollowingBalancer {
  readonly url: string;
  /** The ports that were ready when they were asked last. */
  readonly readyPorts: readonly number[];
  /** Connections that an instance refused. */
  readonly refused: number;
  /** Requests that the instance on the port has answered. */
  forwarded(port: number): number;
  close(): Promise<void>;
}

export async function startFollowingBalancer(ports: readonly number[]): Promise<FollowingBalancer> {
  const agent = new Agent({ keepAlive: false });
  const ready = new Set<number>();
  const answered = new Map<number, number>();
  let [turn, refused, isClosed] = [0, 0, false];

  const server = createServer((incoming, outgoing) => {
    const chosen = [...ready][(turn += 1) % Math.max(1, ready.size)];
    if (chosen === undefined) return void outgoing.writeHead(502).end();
    const { method, url: path, headers } = incoming;
    const onward = request({ port: chosen, method, path, headers, agent }, (answer) => {
      answered.set(chosen, (answered.get(chosen) ?? 0) + 1);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.setTimeout(answersWithinMs, () => onward.destroy(new Error('no answer')));
    onward.on('error', () => {
      refused += 1;
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
    incoming.pipe(onward);
  });

  const isReady = (port: number) =>
    new Promise<boolean>((resolve) => {
      const asked = request({ port, path: '/health/ready', agent }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.on('error', () => resolve(false)).end();
    });
  const follow = async (port: number) => {
    while (!isClosed) {
      if (await isReady(port)) ready.add(port);
      else ready.delete(port);
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
  };
  const following = ports.map(follow);

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get readyPorts() {
      return [...ready];
    },
    get refused() {
      return refused;
    },
    forwarded: (port) => answered.get(port) ?? 0,
    close: async () => {
      isClosed = true;
      await Promise.all(following);
      server.closeAllConnections();
      server.close();
    },
  };
}
