/**
 * What production must not do with its credentials: send them in plain text, to a server without a verified
 * certificate, or to an IAM that does not belong to the configured HSS.
 */
import type { Environment, Variables } from './environment.js';
import type { HssConfig } from './hss.js';
import { isLoopback } from './loopback.js';

/** @returns one line for each problem. */
export function unsafeTransport(
  { values, given }: Environment,
  hss: HssConfig,
  variables: Variables,
): string[] {
  const found: string[] = [];
  const usesIam = hss.auth.kind === 'iam';
  if (!values.ALLOW_PLAIN_HTTP) {
    const endpoints = { HSS_ENDPOINT: hss.endpoint, ...(usesIam && { IAM_ENDPOINT: hss.iamEndpoint }) };
    for (const [name, endpoint] of Object.entries(endpoints)) {
      const { protocol, hostname } = new URL(endpoint);
      if (protocol === 'http:' && !isLoopback(hostname))
        found.push(
          `${name} must be an https:// URL: NODE_ENV=production sends credentials in plain text only within this ` +
            `machine, or with ALLOW_PLAIN_HTTP=true; given: http://${hostname}`,
        );
    }
  }
  if (variables['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    found.push(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: NODE_ENV=production does not start with it, since certificates are ' +
        'always verified; NODE_EXTRA_CA_CERTS names a file with further authorities',
    );
  if (usesIam && given.has('HSS_ENDPOINT') && !given.has('IAM_ENDPOINT') && !isHuawei(hss.endpoint))
    found.push(
      `IAM_ENDPOINT is missing: HSS_ENDPOINT is not Huawei Cloud's, and without IAM_ENDPOINT the password would go ` +
        `to ${new URL(hss.iamEndpoint).hostname}`,
    );
  return found;
}

function isHuawei(endpoint: string): boolean {
  return /\.myhuaweicloud\.(com|eu)$/.test(new URL(endpoint).hostname);
}
