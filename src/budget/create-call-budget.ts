import type { Config } from '../config/config.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { CallBudget } from './call-budget.js';
import { FleetLedger } from './fleet-ledger.js';
import { LocalLedger } from './local-ledger.js';
import { shareOf } from './lone-share.js';

interface CallTimes {
  /** The longest time between a grant and the end of its call. */
  longestCallMs: number;
  /** The longest time between a grant and the sending of its call; a part of `longestCallMs`. */
  longestPreparationMs: number;
}

/**
 * Makes the call budget: shared through Redis, or in this process's memory when `redis` is null.
 * @param ledgerClock measures the time between two answers of Redis.
 * @param hostTime the wall time of this host, in ms.
 */
export function createCallBudget(
  { user, rate: limit, totalRate: total, fleetSize }: Config['budget'],
  { longestCallMs, longestPreparationMs }: CallTimes,
  redis: RedisLink | null,
  apis: readonly string[],
  instance: string,
  clock: Clock,
  ledgerClock: Clock,
  hostTime: () => number,
  log: Log,
): CallBudget {
  const startedAt = clock.now() - clock.monotonic();
  const wallTimeWithoutJumps = () => clock.monotonic() + startedAt;
  const ledger = redis
    ? new FleetLedger(redis, ledgerClock, log, {
        instance,
        user,
        limit,
        total,
        fleetSize,
        longestCallMs,
        apis,
      })
    : new LocalLedger(wallTimeWithoutJumps, instance, { limit: shareOf(limit, fleetSize), opensAt: 0 });
  return new CallBudget(ledger, clock, log, { instance, longestCallMs, longestPreparationMs, hostTime });
}
