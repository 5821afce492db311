import type { Cache } from '../cache/create-cache.js';
import type { HotAnswers } from '../http/hot-answers.js';
import type { RedisLink } from '../redis/redis-link.js';
import { readRedisMemory } from '../redis/redis-memory.js';
import { known, type Families } from './families.js';

export interface CacheSources {
  readonly cache: Cache;
  readonly hot: HotAnswers;
  /** Null without Redis. */
  readonly redis: RedisLink | null;
}

export function cacheMetrics(families: Families, { cache, hot, redis }: CacheSources): void {
  const { counts, tiers } = cache;
  const { memory } = tiers;
  families.counter(
    'cache_lookups_total',
    'Look-ups by tier (hot: finished answers as bytes) and outcome',
    ['tier', 'outcome'],
    () => [
      [{ tier: 'hot', outcome: 'hit' }, hot.hits],
      [{ tier: 'memory', outcome: 'hit' }, counts.memoryHits],
      [{ tier: 'memory', outcome: 'miss' }, counts.memoryMisses],
      [{ tier: 'redis', outcome: 'hit' }, counts.redisHits],
      [{ tier: 'redis', outcome: 'miss' }, counts.redisMisses],
      [{ tier: 'redis', outcome: 'unreadable' }, counts.unreadable],
    ],
  );
  families.counter('cache_loads_total', 'Loads from HSS by outcome', ['outcome'], () => [
    [{ outcome: 'stored' }, counts.loads],
    [{ outcome: 'failed' }, counts.failures],
    [{ outcome: 'superseded' }, counts.superseded],
  ]);
  families.gauge('cache_loading', 'Loads under way', [], () => [[{}, cache.loading]]);
  families.gauge('cache_bytes', 'Memory that the tier uses', ['tier'], () => [
    [{ tier: 'hot' }, hot.bytes],
    [{ tier: 'memory' }, memory.bytes],
  ]);
  families.gauge('cache_limit_bytes', 'Memory that the tier may use', ['tier'], () => [
    [{ tier: 'hot' }, hot.maxBytes],
    [{ tier: 'memory' }, memory.maxBytes],
  ]);
  families.gauge('cache_entries', 'Stored answers', ['tier'], () => [
    [{ tier: 'hot' }, hot.count],
    [{ tier: 'memory' }, memory.count],
  ]);
  families.counter('cache_evictions_total', 'Stored answers dropped for want of memory', ['tier'], () => [
    [{ tier: 'hot' }, hot.evictions],
    [{ tier: 'memory' }, memory.evictions],
  ]);
  families.gauge(
    'cache_in_agreement',
    '1 while this instance hears the others, so its memory is trusted',
    [],
    () => [[{}, tiers.isInAgreement ? 1 : 0]],
  );
  if (redis) redisMetrics(families, redis);
}

function redisMetrics(families: Families, redis: RedisLink): void {
  families.gauge('redis_up', '1 while Redis can be used, else 0', [], () => [[{}, redis.isUp ? 1 : 0]]);
  families.gauge(
    'redis_refusing',
    '1 while Redis refuses commands, such as writes when it is full',
    [],
    () => [[{}, redis.refusal ? 1 : 0]],
  );
  families.counter('redis_failures_total', 'Failed commands, by reason', ['reason'], () =>
    [...redis.failures].map(([reason, count]) => [{ reason: reason.replaceAll(' ', '-') }, count] as const),
  );
  let memory: ReturnType<typeof readRedisMemory> | undefined;
  const read = async (what: 'used' | 'limit') => {
    // Both families of one scrape share the question.
    memory ??= readRedisMemory(redis).finally(() => (memory = undefined));
    return known({}, (await memory.catch(() => null))?.[what] ?? null);
  };
  families.gauge('redis_memory_used_bytes', 'Memory of the fullest Redis server', [], () => read('used'));
  families.gauge('redis_memory_limit_bytes', 'maxmemory of this server; 0: no limit', [], () =>
    read('limit'),
  );
}
