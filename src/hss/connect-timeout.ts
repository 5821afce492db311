import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../time/clock.js';

interface SocketMaker {
  createConnection(...args: unknown[]): Socket;
}

/**
 * Gives an agent a time limit for connecting. Neither axios nor node:http has such a limit, and a host that
 * swallows SYN packets would use up the whole timeout of a call and leave no time for a retry.
 */
export function limitConnectTime(agent: HttpAgent | HttpsAgent, limitMs: number, clock: Clock): void {
  const socketMaker = agent as unknown as SocketMaker;
  const connect = socketMaker.createConnection.bind(agent);
  socketMaker.createConnection = (...args) => {
    const socket = connect(...args);
    const cancel = clock.after(limitMs, () => socket.destroy(new Error('connect timeout')));
    socket.once('connect', cancel);
    socket.once('close', cancel);
    return socket;
  };
}
