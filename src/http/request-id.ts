import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Keeps the id that the client sent when the id is harmless in headers and logs; otherwise makes a new id. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}
