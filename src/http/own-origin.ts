import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser sends the request for a page of another origin. A proxy can add a token to each request of a
 * browser, so the key alone does not show that a person wanted the request. Browsers do not let pages set these
 * headers, and programs have no reason to send them.
 */
export function isForAnotherOrigin({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // A browser without Sec-Fetch-Site. A page without an origin of its own says `null`.
  return origin !== undefined && hostOf(origin) !== host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
