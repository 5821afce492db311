// cacheable as its README advises: memory first, @keyv/redis second. It offers two ways: waiting for Redis, and
// `nonBlocking`, which it recommends with @keyv/redis against hangs; both are measured. `useClone: false` because that
// is the faster: none of the others copies.
import { createKeyv, createKeyvNonBlocking } from '@keyv/redis';
import { Cacheable, createKeyv as createMemory } from 'cacheable';

const ttl = '1h';

function of(createRedis, options) {
  return ({ redisUrl, tier, load }) => {
    const redis = createRedis(redisUrl);
    redis.on('error', () => {});
    const primary = createMemory({ useClone: false });
    const cache = new Cacheable(
      tier === 'Redis' ? { primary: redis, ttl } : { primary, secondary: redis, ttl, ...options },
    );
    // Else an error event without a listener ends the process.
    cache.on('error', () => {});
    return {
      get: (key) => cache.getOrSet(key, () => load(key), { throwErrors: 'function' }),
      set: (key, value) => cache.set(key, value),
    };
  };
}

export const open = of((url) => createKeyv(url), {});
export const openNonBlocking = of((url) => createKeyvNonBlocking(url), { nonBlocking: true });
