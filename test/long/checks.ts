/** All long checks by name, and their sizes in the long form and in the short form of `npm test`. */
import { answers } from './answers.js';
import { catalogQueries } from './catalog-queries.js';
import { budget, kills } from './budget.js';
import { inCacheFleet } from './cache-fleet.js';
import { day } from './day.js';
import { shifting } from './catalog.js';
import type { Finding } from './findings.js';
import type { Scale } from './fleet.js';
import { clock, outage, pushback } from './hardship.js';
import { fuzz } from './fuzz.js';
import { idle } from './idle.js';
import { isolation } from './isolation.js';
import { lag } from './lag.js';
import { partitions } from './partitions.js';
import { prometheus } from './prometheus.js';
import { purgesIn } from './purges.js';
import { redisKilledIn, redisPausedIn } from './redis-away.js';
import { background, greedy } from './sharing.js';
import { soak } from './soak.js';
import { upgrade } from './upgrade.js';
import { simulatedBudget } from './simulated-budget.js';
import { busy, quiet } from './tolerance.js';
import { traceIn } from './trace.js';

/** Sizes and tolerances as the specification states them. */
export const longScale: Scale = {
  ...quiet.fleet,
  limit: { limit: 5, windowMs: 10_000 },
  deadlineMs: 15_000,
  forMs: 60_000,
  members: 4,
  outageMs: 60_000,
  staleKeys: 20_000,
  restMs: 30_000,
  crowd: 1_000,
  soakMs: 30 * 60_000,
  mishapEveryMs: 10_000,
  cache: {
    ...quiet.cache,
    limit: { limit: 2_000, windowMs: 10_000 },
    requests: 100_000,
    perSecond: 500,
    keys: 100,
    freshMs: 30_000,
    hasPeer: true,
    purges: 1_000,
    stateMs: 8_000,
    looks: 96,
  },
  catalogRuns: 100,
  histories: 2_000,
  fuzzed: 10_000,
  lag: {
    sizes: [
      { rows: 450, changes: 200, everyMs: 60_000, kills: 3 },
      { rows: 10_000, changes: 200, everyMs: 600_000, kills: 3 },
      { rows: 100_000, changes: 20, everyMs: 1_800_000, kills: 1, withoutWalks: true },
    ],
    quietMs: 3_600_000,
    tolerance: 1,
    writesTable: true,
  },
};

/** The same checks in a fraction of the time, for `npm test` on a busy machine. */
export const shortScale: Scale = {
  ...busy.fleet,
  limit: { limit: 5, windowMs: 1_000 },
  deadlineMs: 3_000,
  forMs: 6_000,
  members: 3,
  outageMs: 4_000,
  staleKeys: 300,
  restMs: 1_000,
  crowd: 100,
  soakMs: 10_000,
  mishapEveryMs: 2_500,
  cache: {
    ...busy.cache,
    limit: { limit: 400, windowMs: 2_000 },
    requests: 2_400,
    perSecond: 600,
    keys: 15,
    freshMs: 1_500,
    hasPeer: false,
    purges: 60,
    stateMs: 1_000,
    looks: 8,
  },
  questions: 60,
  catalogRuns: 2,
  histories: 10,
  fuzzed: 250,
  lag: {
    sizes: [{ rows: 450, changes: 6, everyMs: 60_000, kills: 1 }],
    quietMs: 0,
    tolerance: 2,
    writesTable: false,
  },
};

export const checks: Record<string, (scale: Scale) => Promise<Finding[]>> = {
  budget,
  // `npm run check:long budget` runs this check too.
  'simulated-budget': () => simulatedBudget(1_000),
  kills,
  partitions,
  pushback,
  outage,
  clock,
  background,
  idle,
  greedy,
  trace: inCacheFleet(traceIn),
  purges: inCacheFleet(purgesIn),
  'redis-killed': soonAlone(redisKilledIn, longScale.cache.freshMs),
  // Fresh lives are so short that cached values are stale when requests come, and Redis is asked first.
  'redis-paused': soonAlone(redisPausedIn, 3_000),
  day,
  'catalog-queries': catalogQueries,
  fuzz: ({ fuzzed }) => fuzz(fuzzed),
  isolation: ({ fuzzed }) => isolation(fuzzed),
  answers: ({ histories }) => answers(histories),
  lag: (scale) => lag(scale.lag),
  soak,
  upgrade,
  prometheus,
  'catalog-shifting': ({ catalogRuns }) => shifting(catalogRuns),
};

/**
 * The checks of this name and those whose name ends with it, all of them without a name.
 * @throws for a name of no check, since a run without a check would pass.
 */
export function checksNamed(name?: string): [string, (scale: Scale) => Promise<Finding[]>][] {
  const named = Object.entries(checks).filter(
    ([each]) => name === undefined || each === name || each.endsWith(`-${name}`),
  );
  if (named.length > 0) return named;
  throw new Error(`There is no long check "${name}". There are: ${Object.keys(checks).join(', ')}, image`);
}

/** Runs the check with a window so short that the fleet goes on without Redis while Redis is away. */
function soonAlone(check: Parameters<typeof inCacheFleet>[0], freshMs: number) {
  const limit = { limit: 100, windowMs: 1_000 };
  return (scale: Scale) => inCacheFleet(check)({ ...scale, cache: { ...scale.cache, limit, freshMs } });
}
