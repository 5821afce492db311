import { budget, kills } from './budget.js';
import type { Finding } from './findings.js';
import type { Scale } from './fleet.js';
import { clock, outage, pushback } from './hardship.js';

export const longScale: Scale = {
  limit: { limit: 5, windowMs: 10_000 },
  deadlineMs: 15_000,
  forMs: 60_000,
};

/** The same proportions in a sixth of the time. */
export const shortScale: Scale = { limit: { limit: 5, windowMs: 2_000 }, deadlineMs: 3_000, forMs: 8_000 };

export const checks: Record<string, (scale: Scale) => Promise<Finding[]>> = {
  budget,
  kills,
  pushback,
  outage,
  clock,
};
