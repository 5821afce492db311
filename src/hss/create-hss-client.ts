import type { CallBudget } from '../budget/call-budget.js';
import type { HssConfig } from '../config/hss.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { createAuthentication } from './credential/create-authentication.js';
import { CredentialGate } from './credential/credential-gate.js';
import { LocalCredentialRests, type Sharers } from './credential/credential-rest.js';
import { FleetCredentialRests } from './credential/fleet-credential-rest.js';
import type { HssTarget } from './hss-call.js';
import { HssClient } from './hss-client.js';
import type { Transport } from './transport.js';
import { UpstreamClock } from './upstream-clock.js';
import { UpstreamRecord } from './upstream-record.js';

/** Makes the client of HSS for the configured credential. @param limits of one call of a list. */
export function createHssClient(
  hss: HssConfig,
  limits: Pick<HssTarget, 'timeoutMs' | 'preparationMs'>,
  transport: Transport,
  budget: CallBudget,
  redis: RedisLink | null,
  sharers: Sharers,
  clock: Clock,
  log: Log,
): HssClient {
  const upstreamClock = new UpstreamClock(clock);
  const record = new UpstreamRecord();
  const authentication = createAuthentication(hss, transport, upstreamClock, clock, record);
  const rests = redis
    ? new FleetCredentialRests(redis, clock, authentication.fingerprint, hss.timeoutMs, sharers)
    : new LocalCredentialRests(clock, sharers);
  const gate = new CredentialGate(rests, () => authentication.isReady);
  const target = { ...hss, ...limits };
  return new HssClient(target, transport, authentication, gate, budget, upstreamClock, clock, log, record);
}
