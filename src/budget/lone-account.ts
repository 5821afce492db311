import { randomUUID } from 'node:crypto';
import { newAccount, type Account, type Limit } from './account.js';
import { deadAfterMs } from './membership.js';

export interface LonePosition {
  instance: string;
  /** The other members, as listed in Redis's last answer. */
  others: readonly string[];
  limit: Limit;
  now: number;
  /** The time of Redis's last answer, on the same clock as `now`. */
  lastContactAt: number;
}

/**
 * Makes the account that one instance uses while Redis is away, from the last reading of the shared account.
 * FleetLedger calls this once per outage and API.
 *
 * The other instances use the whole rate until they notice that this instance is gone. So, if there are other
 * instances, nothing is granted until they must have noticed, plus one window. After that each instance uses its own
 * share, staggered by rank.
 */
export function loneAccount(known: Account | undefined, position: LonePosition): Account {
  const { instance, others, limit, now, lastContactAt } = position;
  const account = known ? structuredClone(known) : newAccount(randomUUID(), 'memory');
  account.tickets = account.tickets.filter((ticket) => ticket.instance === instance);
  account.blockedUntil = Math.min(account.blockedUntil, now + limit.windowMs);
  if (others.length > 0) {
    const rank = others.filter((name) => name < instance).length;
    const staggerMs = (rank * limit.windowMs) / limit.limit;
    account.blockedUntil = lastContactAt + deadAfterMs(limit) + limit.windowMs + staggerMs;
  }
  return account;
}
