import type { Transport } from './transport.js';

const timeoutMs = 5_000;

/**
 * Reads the keys of the issuer of JWTs (JWKS) by the way of all calls: through HTTPS_PROXY, with verified certificates,
 * without redirects, and 4 MiB at most. The caller checks the form of the keys.
 * @throws when no readable answer came.
 */
export async function readKeySet(url: string, transport: Transport): Promise<unknown> {
  const request = { to: 'the issuer of JWTs', method: 'GET', headers: {}, timeoutMs } as const;
  const answer = await transport.send({ ...request, url: new URL(url) });
  if (answer.status !== 200 || answer.fault !== null) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}
