import type { Config } from '../config/config.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { CallBudget } from './call-budget.js';
import { FleetLedger } from './fleet-ledger.js';
import { LocalLedger } from './local-ledger.js';
import { shareOf } from './lone-share.js';

interface CallBudgetParts {
  settings: Config['budget'];
  /** The longest time between a grant and the end of its call. */
  longestCallMs: number;
  /** The longest time between a grant and the sending of its call; a part of `longestCallMs`. */
  longestPreparationMs: number;
  /** The accounts are shared through Redis; when null, they are in this process's memory. */
  redis: RedisLink | null;
  /** The APIs for which this instance holds a spare slot from the start. */
  apis: readonly string[];
  instance: string;
  clock: Clock;
  /** Measures the time between two answers of Redis. */
  ledgerClock: Clock;
  /** The wall time of this host, in ms. */
  hostTime: () => number;
  log: Log;
}

/** Makes the call budget of this instance. */
export function createCallBudget(parts: CallBudgetParts): CallBudget {
  const { settings, longestCallMs, longestPreparationMs, redis, apis, instance, clock, hostTime, log } =
    parts;
  const { user, rate: limit, totalRate: total, fleetSize } = settings;
  const startedAt = clock.now() - clock.monotonic();
  const wallTimeWithoutJumps = () => clock.monotonic() + startedAt;
  const shared = { instance, user, limit, total, fleetSize, longestCallMs, apis };
  const ledger = redis
    ? new FleetLedger(redis, parts.ledgerClock, log, shared)
    : new LocalLedger(wallTimeWithoutJumps, instance, { limit: shareOf(limit, fleetSize), opensAt: 0 });
  return new CallBudget(ledger, clock, log, { instance, longestCallMs, longestPreparationMs, hostTime });
}
