import { lowPriorities, type Account, type Limit, type LowPriority, type Ticket } from './account.js';

/**
 * The floors of the low priorities, as pure rules: revalidation and the catalog each get a call now and then, even
 * while tickets before them always wait. The floors count calls, not time. So a ticket that is given up and queued
 * again loses nothing, and nothing is made up for after a time without calls.
 */

/** Each low priority gets one call in this number of windows at full rate. */
const everyWindows = 4;
/** Each low priority gets at least one call in this number of calls, however many a window allows. */
const everyCalls = 20;

/** @returns of the first tickets of the low priorities, the one that was passed over for too long. */
export function starvedTicket(
  account: Account,
  firstTickets: readonly Ticket[],
  { limit }: Limit,
): Ticket | undefined {
  const most = Math.min(everyCalls, everyWindows * limit);
  const starved = lowPriorities.filter((low) => passedOver(account, low) >= most);
  return firstTickets.find(({ priority }) => starved.some((low) => low === priority));
}

/** Notes that a call was granted to `granted`, which was one of these tickets. */
export function countPassedOver(account: Account, tickets: readonly Ticket[], granted: Ticket): void {
  const counts: Partial<Record<LowPriority, number>> = {};
  for (const low of lowPriorities) {
    const waits = tickets.some(({ priority }) => priority === low);
    counts[low] = low === granted.priority ? 0 : passedOver(account, low) + (waits ? 1 : 0);
  }
  account.passedOver = counts;
}

function passedOver(account: Account, priority: LowPriority): number {
  return account.passedOver?.[priority] ?? 0;
}
