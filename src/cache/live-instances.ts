import type { RedisLink } from '../redis/redis-link.js';
import { toNumber } from '../redis/reply.js';
import { fleetKeys } from './fleet-messages.js';
import { deadAfterMs } from './fleet-scripts.js';

const script = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
return #redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')`;

/** The number of instances whose heartbeat is recent. @throws RedisUnavailable, or Redis's own error reply. */
export async function liveInstances(redis: RedisLink): Promise<number> {
  const [, , instances] = fleetKeys(redis);
  return toNumber(await redis.run((client) => client.eval(script, 1, instances, deadAfterMs)));
}
