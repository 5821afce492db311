// cacheable as its README advises: memory first, @keyv/redis second. The library has two modes, both measured: waiting for
// Redis, and `nonBlocking`, which the README recommends with @keyv/redis against hangs. `useClone: false` is faster, and
// no other library copies values.
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
    // An error event without a listener would end the process.
    cache.on('error', () => {});
    return {
      get: (key) => cache.getOrSet(key, () => load(key), { throwErrors: 'function' }),
      set: (key, value) => cache.set(key, value),
    };
  };
}

export const open = of((url) => createKeyv(url), {});
export const openNonBlocking = of((url) => createKeyvNonBlocking(url), { nonBlocking: true });
