// bentocache as its pages on multi-tier, drivers and options advise: memory and Redis, with a bus where there are several
// instances; grace for values past their life; a circuit breaker for Redis.
// Hits in memory are measured with `serialize: false`, the faster of the two ways it offers. In a fleet it is left as it
// comes: 1.6.1 fails, and leaves others waiting for ever, when the bus tells of a key that is held unserialised.
// `maxRetriesPerRequest` is not in its pages: as ioredis comes, it holds a command for half a minute when Redis is gone.
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
    ...{ ttl: '1h', grace: '1h', l2CircuitBreakerDuration: '5s' },
  });
  return {
    get: (key) => bento.getOrSet({ key, factory: () => load(key) }),
    set: (key, value) => bento.set({ key, value }),
  };
}
