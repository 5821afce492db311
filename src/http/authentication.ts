/**
 * Finds the sender of a request by the key that the request carries. Used by the admission and by the hot path.
 * Decides nothing about routes or scopes.
 */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Principal } from '../consumers/consumer.js';
import type { Consumers } from '../consumers/consumers.js';
import { looksLikeJwt, type JwtVerifier } from '../consumers/jwt-verifier.js';

/** Where the senders of requests are found. `jwt` is null without JWT_ISSUER. */
export interface Senders {
  consumers: Consumers;
  jwt: JwtVerifier | null;
}

/**
 * @param now wall time in ms.
 * @returns undefined without a valid key.
 */
export function authenticate(
  request: IncomingMessage,
  { consumers, jwt }: Senders,
  now: number,
): Principal | undefined {
  const key = presentedKey(request);
  if (key === undefined) return undefined;
  const sha256 = hashOf(key, request.socket);
  const principal =
    consumers.byKeyHash(sha256, now) ?? (isToken(request, key) ? jwt?.known(sha256) : undefined);
  return principal?.consumer.loopbackOnly && !isDirectFromThisMachine(request) ? undefined : principal;
}

/**
 * The key that a connection sent last, with its SHA-256. A client sends one key with all requests, and the hash takes
 * as long as finding a hot answer. Whether the key is in force is asked for each request.
 */
const lastKeys = new WeakMap<Socket, { key: string; sha256: string }>();

function hashOf(key: string, socket: Socket): string {
  const last = lastKeys.get(socket);
  if (last?.key === key) return last.sha256;
  // Node makes a hash as text four times as fast as a hash as bytes.
  const sha256 = hash('sha256', key);
  lastKeys.set(socket, { key, sha256 });
  return sha256;
}

/** A JWT that `authenticate` does not know yet. @throws SigningKeysAway */
export async function verifyToken(
  request: IncomingMessage,
  { jwt }: Senders,
): Promise<Principal | undefined> {
  const token = presentedKey(request);
  return token !== undefined && isToken(request, token) ? jwt?.verify(token) : undefined;
}

function isToken({ headers }: IncomingMessage, key: string): boolean {
  return headers['x-api-key'] === undefined && looksLikeJwt(key);
}

/** An `X-API-Key` decides alone: a proxy can add an `Authorization` of its own. */
export function presentedKey({ headers }: IncomingMessage): string | undefined {
  const apiKey = headers['x-api-key'];
  if (apiKey !== undefined) return String(apiKey);
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

const forwardingHeader =
  /^(forwarded|via|x-(forwarded|original)-.+|(x-)?(real|client|cluster-client|true-client)-ip|cf-.+)$/;

/** Whether the client runs on this machine, and no proxy on this machine forwarded the request. */
export function isDirectFromThisMachine(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && !Object.keys(request.headers).some((name) => forwardingHeader.test(name));
}
