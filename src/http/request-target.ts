/**
 * Brings the target of a request into the form that routes have. Used ahead of the hot path, so both ways see the
 * same target.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { AllowedMethods } from './allowed-methods.js';

const schemeAndHost = /^https?:\/\/[^/?#]*/i;

/**
 * - `http://host/path`, as clients send it to a proxy, means `/path` (RFC 9112 demands that a server takes it).
 * - A path under `basePath` means the path without it, so the service works behind a proxy that does not cut the path.
 *   A path that a route has already stays as it is.
 */
function targetOf(target: string, basePath: string, methods: AllowedMethods): string {
  const path = target.startsWith('/') ? target : rooted(target.replace(schemeAndHost, ''));
  if (basePath === '' || !isBelow(path, basePath) || methods.has(path)) return path;
  return rooted(path.slice(basePath.length));
}

function isBelow(path: string, basePath: string): boolean {
  return path.startsWith(basePath) && /^[/?]?$/.test(path.charAt(basePath.length));
}

function rooted(path: string): string {
  return path === '' || path.startsWith('?') ? `/${path}` : path;
}

/** Must be called after the hot path is installed, so that the hot path comes later. */
export function normalizeTargets(server: Server, basePath: string, methods: AllowedMethods): void {
  server.prependListener('request', (request) => {
    if (request.url !== undefined) request.url = targetOf(request.url, basePath, methods);
  });
}

/** A name or an address, and perhaps a port (RFC 9110). An empty one is allowed. */
const hostForm = /^(?:\[[\da-z:.%~_-]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

/**
 * RFC 9112 wants exactly one line, with a host. Node would take the first of several, and a proxy in front perhaps
 * another.
 * @returns what is wrong with the header.
 */
export function hostFault({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') lines += 1;
  }
  if (lines > 1) return 'The Host header is given more than once';
  if (lines === 0) return httpVersion === '1.1' ? 'The Host header is missing' : undefined;
  return hostForm.test(headers.host ?? '') ? undefined : 'The Host header is no host';
}

/** Whether every percent escape is well-formed and belongs to a character in UTF-8. */
export function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
