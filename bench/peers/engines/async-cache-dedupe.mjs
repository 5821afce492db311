// async-cache-dedupe as its README advises. The library keeps values in memory or in Redis, not in both. "The best choice
// for a shared and/or large cache" is Redis, so the figures of a fleet use Redis. `stale` is left out, which saves a TTL
// command per hit. `maxRetriesPerRequest` is not in the README: by default ioredis holds a command for half a minute
// when Redis is gone.
import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';

export function open({ redisUrl, tier, load }) {
  const storage =
    tier === 'memory'
      ? { type: 'memory', options: { size: 10_000 } }
      : { type: 'redis', options: { client: connected(redisUrl) } };
  const cache = createCache({ ttl: ttlS, storage });
  cache.define('load', load);
  return {
    get: (key) => cache.load(key),
    set: (key, value) => cache.set('load', `load~${key}`, value, ttlS),
  };
}

const ttlS = 3_600;

function connected(url) {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  client.on('error', () => {});
  return client;
}
