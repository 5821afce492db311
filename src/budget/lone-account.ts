import { randomUUID } from 'node:crypto';
import { newAccount, type Account, type Limit } from './account.js';
import { deadAfterMs } from './membership.js';

export interface LonePosition {
  instance: string;
  /** The other members when Redis answered last. */
  others: readonly string[];
  limit: Limit;
  now: number;
  /** The time of Redis's last answer, on the same clock as `now`. */
  lastContactAt: number;
}

/**
 * The account with which one instance goes on while Redis is away, made from its last reading. FleetLedger makes it
 * once per outage and API.
 *
 * Until the other instances notice that this instance is gone, they use the whole rate. So, if there are others,
 * nothing is granted until they must have noticed, plus one window. After that each instance uses its own share,
 * staggered by rank.
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
