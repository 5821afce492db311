import type { Account } from './account.js';
import { longestBackoffMs } from './breaker.js';
import { leftBehindMs } from './queue.js';

/**
 * The two operations on all times of an account: to shift the times, and to clamp them. KnownAccounts and
 * account-recovery.ts use these functions after Redis's clock was set, or after another Redis took over. No rule is
 * applied here.
 */

/** HSS can ask for a longer pause, but the service pauses for no longer than this. */
const longestPauseMs = 15 * 60_000;

/**
 * @returns a copy with all times shifted, for a clock that was moved by `byMs`. A time of 0 means never and stays.
 */
export function shiftTimes(account: Account, byMs: number): Account {
  const copy = structuredClone(account);
  const shift = (at: number) => (at === 0 ? 0 : at + byMs);
  for (const slot of copy.slots) {
    slot.from += byMs;
    slot.grantedAt += byMs;
    if (slot.endedAt !== null) slot.endedAt += byMs;
  }
  for (const ticket of copy.tickets) {
    ticket.since += byMs;
    ticket.until += byMs;
    ticket.promisedAt = shift(ticket.promisedAt);
  }
  copy.blockedUntil = shift(copy.blockedUntil);
  copy.pausedUntil = shift(copy.pausedUntil);
  copy.lastConsumerAt = shift(copy.lastConsumerAt);
  copy.lastBackgroundAt = shift(copy.lastBackgroundAt);
  copy.retries = copy.retries.map(shift);
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
  account.blockedUntil = within(account.blockedUntil, windowMs);
  account.pausedUntil = within(account.pausedUntil, longestPauseMs);
  account.breaker.openUntil = within(account.breaker.openUntil, longestBackoffMs);
  account.breaker.failedAt = mapTimes(account.breaker.failedAt, past);
  if (account.learned) account.learned.until = within(account.learned.until, longestPauseMs);
  account.lastConsumerAt = past(account.lastConsumerAt);
  account.lastBackgroundAt = past(account.lastBackgroundAt);
  account.retries = account.retries.map(past);
}

function mapTimes(times: Record<string, number> = {}, map: (at: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, map(at)]));
}
