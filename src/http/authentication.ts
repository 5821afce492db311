/**
 * Checks API keys: reads the key that a request carries, and tells which consumer owns that key. Used by the
 * admission and by the hot path. Decides nothing about routes or roles.
 */
import type { IncomingMessage } from 'node:http';
import type { ApiKeys, Consumer } from './api-keys.js';

/** @returns the consumer whose key the request carries; undefined without a valid key. */
export function authenticate(request: IncomingMessage, keys: ApiKeys): Consumer | undefined {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  const key = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
  const consumer = key === undefined ? undefined : keys.find(key);
  return consumer?.loopbackOnly && !isDirectFromThisMachine(request) ? undefined : consumer;
}

const forwardingHeader =
  /^(forwarded|via|x-(forwarded|original)-.+|(x-)?(real|client|cluster-client|true-client)-ip|cf-.+)$/;

/** Whether the client runs on this machine, and no proxy on this machine forwarded the request. */
function isDirectFromThisMachine(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && !Object.keys(request.headers).some((name) => forwardingHeader.test(name));
}
