import { catalogQueries } from './catalog-queries.js';
import { budget, kills } from './budget.js';
import { inCacheFleet } from './cache-fleet.js';
import { day } from './day.js';
import { shifting } from './catalog.js';
import type { Finding } from './findings.js';
import type { Scale } from './fleet.js';
import { clock, outage, pushback } from './hardship.js';
import { purgesIn } from './purges.js';
import { redisKilledIn, redisPausedIn } from './redis-away.js';
import { background, greedy } from './sharing.js';
import { traceIn } from './trace.js';

export const longScale: Scale = {
  limit: { limit: 5, windowMs: 10_000 },
  deadlineMs: 15_000,
  forMs: 60_000,
  members: 4,
  outageMs: 60_000,
  crowd: 1_000,
  mostInFront: 2,
  leastShare: 0.95,
  mayRunOut: false,
  slackMs: 0,
  mishapEveryMs: 10_000,
  cache: {
    limit: { limit: 2_000, windowMs: 10_000 },
    requests: 100_000,
    perSecond: 500,
    keys: 100,
    freshMs: 30_000,
    mostOfBound: 1.02,
    mostRefused: 0,
    hasPeer: true,
    purges: 1_000,
    purgeWithinMs: 100,
    mostUnheard: 0,
    agreedWithinMs: 2_000,
    stateMs: 8_000,
    addedMs: 50,
    looks: 96,
    heapGrowthBytes: 2 * 1024 * 1024,
  },
  catalogRuns: 100,
};

/**
 * The same in a fraction of the time, for `npm test`: on a machine that may be several times slower and stall for a
 * second. What bounds a time here tells what never comes from what comes late; how late is for the long form.
 */
export const shortScale: Scale = {
  limit: { limit: 5, windowMs: 1_000 },
  deadlineMs: 3_000,
  forMs: 6_000,
  members: 3,
  outageMs: 4_000,
  crowd: 100,
  mostInFront: 30,
  leastShare: 0.1,
  mayRunOut: true,
  // A trial that a broken connection cost is followed by a pause of ten seconds.
  slackMs: 15_000,
  mishapEveryMs: 2_500,
  cache: {
    limit: { limit: 400, windowMs: 2_000 },
    requests: 2_400,
    perSecond: 600,
    keys: 15,
    freshMs: 1_500,
    mostOfBound: 1.5,
    mostRefused: 0.05,
    hasPeer: false,
    purges: 60,
    purgeWithinMs: 10_000,
    mostUnheard: 30,
    agreedWithinMs: 20_000,
    stateMs: 1_000,
    addedMs: 8_000,
    looks: 8,
    heapGrowthBytes: 8 * 1024 * 1024,
  },
  questions: 60,
  catalogRuns: 3,
};

export const checks: Record<string, (scale: Scale) => Promise<Finding[]>> = {
  budget,
  kills,
  pushback,
  outage,
  clock,
  background,
  greedy,
  trace: inCacheFleet(traceIn),
  purges: inCacheFleet(purgesIn),
  'redis-killed': soonAlone(redisKilledIn, longScale.cache.freshMs),
  // Lives so short that what is held is stale when it is asked for, and Redis is asked first.
  'redis-paused': soonAlone(redisPausedIn, 3_000),
  day,
  'catalog-queries': catalogQueries,
  'catalog-shifting': ({ catalogRuns }) => shifting(catalogRuns),
};

/** With a window so short that the fleet goes on without Redis while it is away. */
function soonAlone(check: Parameters<typeof inCacheFleet>[0], freshMs: number) {
  const limit = { limit: 100, windowMs: 1_000 };
  return (scale: Scale) => inCacheFleet(check)({ ...scale, cache: { ...scale.cache, limit, freshMs } });
}
