/**
 * Finds the sender of a request by the key that the request carries. Used by the admission and by the hot path.
 * Decides nothing about routes or scopes.
 */
import type { IncomingMessage } from 'node:http';
import type { Principal } from '../consumers/consumer.js';
import type { Consumers } from '../consumers/consumers.js';

/**
 * @param now wall time in ms.
 * @returns undefined without a valid key.
 */
export function authenticate(
  request: IncomingMessage,
  consumers: Consumers,
  now: number,
): Principal | undefined {
  const key = presentedKey(request);
  const principal = key === undefined ? undefined : consumers.byKey(key, now);
  return principal?.consumer.loopbackOnly && !isDirectFromThisMachine(request) ? undefined : principal;
}

/** An `X-API-Key` decides alone: a proxy can add an `Authorization` of its own. */
function presentedKey({ headers }: IncomingMessage): string | undefined {
  const apiKey = headers['x-api-key'];
  if (apiKey !== undefined) return String(apiKey);
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

const forwardingHeader =
  /^(forwarded|via|x-(forwarded|original)-.+|(x-)?(real|client|cluster-client|true-client)-ip|cf-.+)$/;

/** Whether the client runs on this machine, and no proxy on this machine forwarded the request. */
function isDirectFromThisMachine(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && !Object.keys(request.headers).some((name) => forwardingHeader.test(name));
}
