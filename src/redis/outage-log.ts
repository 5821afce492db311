import type { Log } from '../telemetry/log.js';
import { refusalIn } from './rejected-commands.js';

/**
 * Logs when Redis goes away and when it comes back, each once, for RedisConnection. Further errors while Redis is known
 * to be away are not logged, except for the first refusal: an outage can begin with a lost connection and last because
 * the password has changed.
 */
export class OutageLog {
  #logged: 'up' | 'hanging' | 'down' | undefined;
  #hasLoggedRefusal = false;

  constructor(private readonly log: Log) {}

  note(state: 'up' | 'hanging' | 'down', reason?: string): void {
    const isRefusal = reason !== undefined && refusalIn(reason) !== undefined;
    if (state === this.#logged && (!isRefusal || this.#hasLoggedRefusal)) return;
    this.#hasLoggedRefusal = isRefusal;
    this.#logged = state;
    if (state === 'up') this.log.info('Redis is connected');
    else this.log.warn({ state, reason }, 'Redis is away; answers come from memory and HSS');
  }
}

/**
 * Why Redis cannot be reached. ioredis says of a cluster only that no node can be reached, and of sentinels and nodes
 * only that the connection is closed. After a refusal ioredis reports only that its next command could not be written.
 * The last error of a node, or of a connection, tells why.
 */
export function reasonOf(error: Error & { lastNodeError?: Error }, lastFault: Error | undefined): string {
  const message = error.lastNodeError?.message ?? error.message;
  return lastFault && connectionEnded.test(message) ? lastFault.message : message;
}

const connectionEnded = /Connection is closed\.$|EPIPE|ECONNRESET/;
