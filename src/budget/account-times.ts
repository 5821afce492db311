import type { Account } from './account.js';
import { longestBackoffMs } from './breaker.js';
import { leftBehindMs } from './queue.js';
import { marginMs } from './slots.js';

/**
 * What becomes of the times of an account when Redis's clock was set. KnownAccounts and account-recovery.ts use these
 * functions. No rule is applied here.
 */

/** HSS can ask for a longer pause, but the service pauses for no longer than this. */
const longestPauseMs = 15 * 60_000;

/** How Redis's clock was set. */
export interface ClockStep {
  byMs: number;
  /** The time on the new clock. */
  now: number;
  longestCallMs: number;
}

/**
 * @returns a copy on the new clock. All calls count from now, since their times cannot be trusted. Pauses keep their
 * length.
 */
export function restartTimes(account: Account, { byMs, now, longestCallMs }: ClockStep): Account {
  const copy = structuredClone(account);
  const shift = (at: number) => (at === 0 ? 0 : at + byMs);
  for (const slot of copy.slots) {
    const hasEnded = slot.endedAt !== null;
    Object.assign(slot, { from: hasEnded ? now : now + longestCallMs, grantedAt: now });
    // The result of an ended call was published long ago, so another call for the same key need not wait.
    if (hasEnded) Object.assign(slot, { endedAt: now, key: '' });
  }
  for (const owner of Object.values(copy.owners ?? {})) if (owner.lost) owner.lost.at = now;
  copy.pausedUntil = shift(copy.pausedUntil);
  copy.breaker.openUntil = shift(copy.breaker.openUntil);
  copy.breaker.failedAt = mapTimes(copy.breaker.failedAt, shift);
  if (copy.learned) copy.learned.until += byMs;
  return copy;
}

export interface TimeBounds {
  now: number;
  windowMs: number;
  longestCallMs: number;
}

/** Brings back each time that lies further in the future than the rules can have put it. */
export function clampTimes(account: Account, { now, windowMs, longestCallMs }: TimeBounds): void {
  const past = (at: number) => Math.min(at, now);
  const within = (at: number, ms: number) => Math.min(at, now + ms);
  for (const slot of account.slots) {
    slot.grantedAt = past(slot.grantedAt);
    slot.from = within(slot.from, longestCallMs);
    if (slot.endedAt !== null) slot.endedAt = past(slot.endedAt);
  }
  for (const ticket of account.tickets) {
    ticket.since = past(ticket.since);
    ticket.until = within(ticket.until, 2 * leftBehindMs);
    ticket.promisedAt = within(ticket.promisedAt, leftBehindMs);
  }
  const longestWaitMs = longestCallMs + windowMs + marginMs;
  account.blockedUntil = within(account.blockedUntil, longestWaitMs);
  if (account.awaitingUntil !== undefined)
    account.awaitingUntil = within(account.awaitingUntil, longestWaitMs);
  account.pausedUntil = within(account.pausedUntil, longestPauseMs);
  account.breaker.openUntil = within(account.breaker.openUntil, longestBackoffMs);
  account.breaker.failedAt = mapTimes(account.breaker.failedAt, past);
  if (account.learned) account.learned.until = within(account.learned.until, longestPauseMs);
  account.lastConsumerAt = past(account.lastConsumerAt);
  account.lastBackgroundAt = past(account.lastBackgroundAt);
  account.retries = account.retries.map(past);
  for (const { lost } of Object.values(account.owners ?? {})) if (lost) lost.at = past(lost.at);
}

function mapTimes(times: Record<string, number> = {}, map: (at: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, map(at)]));
}
