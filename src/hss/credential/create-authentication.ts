import type { HssConfig } from '../../config/hss.js';
import type { Clock } from '../../time/clock.js';
import { FixedTokenAuthentication, KeyAuthentication, type Authentication } from './authentication.js';
import { IamAuthentication } from './iam-authentication.js';
import { fetchIamToken } from './iam-token.js';
import type { Transport } from '../transport.js';
import type { UpstreamClock } from '../upstream-clock.js';

/** Creates the configured one of the three ways to authenticate. */
export function createAuthentication(
  { auth, iamEndpoint, projectId, timeoutMs }: HssConfig,
  transport: Transport,
  upstreamClock: UpstreamClock,
  clock: Clock,
): Authentication {
  switch (auth.kind) {
    case 'aksk':
      return new KeyAuthentication(auth, upstreamClock);
    case 'token':
      return new FixedTokenAuthentication(auth.token);
    case 'iam': {
      const iam = { ...auth, endpoint: iamEndpoint, projectId, timeoutMs };
      return new IamAuthentication(auth, clock, () => fetchIamToken(transport, clock, iam));
    }
  }
}
