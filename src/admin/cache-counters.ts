import type { Cache } from '../cache/create-cache.js';
import type { HotAnswers } from '../http/hot-answers.js';
import type { StaleAnswers } from '../http/stale-answers.js';
import type { Counters } from './last-hour.js';

/** The counters of the cache's three tiers together, since the start. */
export function cacheCounters({ counts }: Cache, hot: HotAnswers, stale: StaleAnswers): Counters {
  const { failure, refresh } = stale;
  return {
    hits: hot.hits + counts.memoryHits + counts.redisHits,
    loads: counts.loads,
    stale: failure.count + refresh.count,
    staleSeconds: failure.sum + refresh.sum,
  };
}
