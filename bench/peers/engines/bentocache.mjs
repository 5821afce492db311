// bentocache as its pages on multi-tier, drivers and options advise: memory and Redis, with a bus for several instances,
// grace for values past their life, and a circuit breaker for Redis.
// Hits in memory are measured with `serialize: false`, the faster of two modes. A fleet uses the default mode: 1.6.1 fails
// when the bus names a key that is held unserialised, and callers wait for ever.
// `maxRetriesPerRequest` is not in the pages: by default ioredis holds a command for half a minute when Redis is gone.
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

export function open({ redisUrl, tier, load }) {
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port), maxRetriesPerRequest: 1 };
  const redis = () => bentostore().useL2Layer(redisDriver({ connection }));
  const stores = {
    memory: () => redis().useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false })),
    Redis: redis,
    fleet: () =>
      redis()
        .useL1Layer(memoryDriver({ maxItems: 10_000 }))
        .useBus(redisBusDriver({ connection })),
  };
  const bento = new BentoCache({
    default: 'tiers',
    stores: { tiers: stores[tier]() },
    ttl: '1h',
    grace: '1h',
    l2CircuitBreakerDuration: '5s',
  });
  return {
    get: (key) => bento.getOrSet({ key, factory: () => load(key) }),
    set: (key, value) => bento.set({ key, value }),
  };
}
