import type { HssAuth, HssConfig } from '../../config/hss.js';
import { inClientSpan } from '../../telemetry/tracing.js';
import type { Clock } from '../../time/clock.js';
import { FixedTokenAuthentication, KeyAuthentication, type Authentication } from './authentication.js';
import { IamAuthentication } from './iam-authentication.js';
import { fetchIamToken } from './iam-token.js';
import { RereadAuthentication } from './reread-authentication.js';
import type { Transport } from '../transport.js';
import type { UpstreamClock } from '../upstream-clock.js';
import type { UpstreamRecord } from '../upstream-record.js';

/** Creates the configured one of the three ways to authenticate. */
export function createAuthentication(
  { auth, rereadAuth, iamEndpoint, projectId, timeoutMs }: HssConfig,
  transport: Transport,
  upstreamClock: UpstreamClock,
  clock: Clock,
  record: UpstreamRecord,
): Authentication {
  const create = (given: HssAuth): Authentication => {
    switch (given.kind) {
      case 'aksk':
        return new KeyAuthentication(given, upstreamClock);
      case 'token':
        return new FixedTokenAuthentication(given.token);
      case 'iam': {
        const iam = { ...given, endpoint: iamEndpoint, projectId, timeoutMs };
        const request = () => record.recordIam(fetchIamToken(transport, clock, iam));
        const fetch = () => inClientSpan('IAM token', {}, request);
        return new IamAuthentication(given, clock, fetch);
      }
    }
  };
  return rereadAuth ? new RereadAuthentication(auth, create, rereadAuth) : create(auth);
}
