import { catalogQueries } from './catalog-queries.js';
import { budget, kills } from './budget.js';
import { shifting } from './catalog.js';
import type { Finding } from './findings.js';
import type { Scale } from './fleet.js';
import { clock, outage, pushback } from './hardship.js';
import { background, greedy } from './sharing.js';

export const longScale: Scale = {
  limit: { limit: 5, windowMs: 10_000 },
  deadlineMs: 15_000,
  forMs: 60_000,
  members: 4,
  outageMs: 60_000,
  crowd: 1_000,
  mostInFront: 2,
  leastShare: 0.95,
  mostOdd: 0,
  mishapEveryMs: 10_000,
  catalogRuns: 100,
};

/** The same in a fraction of the time, for `npm test`. */
export const shortScale: Scale = {
  limit: { limit: 5, windowMs: 2_000 },
  deadlineMs: 3_000,
  forMs: 8_000,
  members: 3,
  outageMs: 4_000,
  crowd: 100,
  mostInFront: 12,
  leastShare: 0.3,
  mostOdd: 40,
  mishapEveryMs: 2_500,
  catalogRuns: 10,
  questions: 200,
};

export const checks: Record<string, (scale: Scale) => Promise<Finding[]>> = {
  budget,
  kills,
  pushback,
  outage,
  clock,
  background,
  greedy,
  'catalog-shifting': ({ catalogRuns }) => shifting(catalogRuns),
  'catalog-queries': catalogQueries,
};
