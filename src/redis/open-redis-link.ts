import type { RedisConfig } from '../config/redis.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { createRedis } from './connect.js';
import { RedisLink } from './redis-link.js';

/** A restart finds a warm cache only if Redis is connected before the first request. */
const connectLimitMs = 1_000;

/**
 * Opens the link to the configured Redis. Waits a moment for the connection; the link goes on connecting after that.
 * @returns null when no Redis is configured.
 */
export async function openRedisLink(
  config: RedisConfig | null,
  clock: Clock,
  log: Log,
  commandLimitMs?: number,
): Promise<RedisLink | null> {
  if (!config) return null;
  const link = new RedisLink(createRedis(config), config.keyPrefix, clock, log, commandLimitMs);
  await link.connect(connectLimitMs);
  return link;
}
