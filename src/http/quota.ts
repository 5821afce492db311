/**
 * Rates of consumers in HTTP: the problem for a request over its rate, and the headers `RateLimit` and
 * `RateLimit-Policy` (IETF draft-ietf-httpapi-ratelimit-headers-08). Used by the admission and by the hot path.
 */
import type { Rate } from '../config/formats.js';
import type { Consumer } from '../consumers/consumer.js';
import type { Rates, RateState, Verdict } from '../consumers/rates.js';
import type { Clock } from '../time/clock.js';
import { Problem } from './problem.js';

/** Names and values alternate. Empty without a rate of requests. */
export function quotaHeaders(requests: RateState | null): string[] {
  if (!requests) return [];
  const { share, remaining, resetMs } = requests;
  return [
    'ratelimit-policy',
    policyOf(share),
    'ratelimit',
    `"requests";r=${remaining};t=${seconds(resetMs)}`,
  ];
}

/** A share stays the same for many answers. Making its text anew took a fifth of what counting adds to a hit. */
const policies = new WeakMap<Rate, string>();

function policyOf(share: Rate): string {
  let policy = policies.get(share);
  if (policy === undefined)
    policies.set(share, (policy = `"requests";q=${share.limit};w=${seconds(share.windowMs)}`));
  return policy;
}

/** The structured field has whole seconds. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

export function overRate({ retryMs }: Verdict, clock: Clock): Problem {
  return rateLimited('You send more requests than your rate allows', retryMs, clock);
}

/** Pays for a call of HSS before a load begins. @throws Problem `rate-limited` */
export async function payUpstream(rates: Rates, consumer: Consumer, clock: Clock): Promise<void> {
  const waitMs = await rates.takeUpstream(consumer);
  if (waitMs > 0)
    throw rateLimited('Your requests have caused as many calls of HSS as your rate allows', waitMs, clock);
}

export function rateLimited(detail: string, waitMs: number, clock: Clock): Problem {
  return new Problem('rate-limited', detail, { retryAt: clock.now() + waitMs });
}
