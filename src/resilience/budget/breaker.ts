import type { Account } from './account.js';

/**
 * The circuit breaker of one API. It opens for the fleet only when more than one instance sees calls fail (or there
 * is only one): an instance whose own network is broken must not stop the others.
 */
const failuresToOpen = 3;
const firstBackoffMs = 5_000;
const longestBackoffMs = 30_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export function breakerState({ breaker }: Account, now: number): BreakerState {
  if (breaker.openUntil === 0) return 'closed';
  return breaker.openUntil > now ? 'open' : 'half-open';
}

/** Whether a call may go out as far as the breaker is concerned: while half-open, one at a time. */
export function mayTry(account: Account, now: number): boolean {
  const state = breakerState(account, now);
  if (state !== 'half-open') return state === 'closed';
  const { trial } = account.breaker;
  return trial === null || !account.slots.some(({ id, from }) => id === trial && from > now);
}

export function trying(account: Account, slotId: string, now: number): void {
  if (breakerState(account, now) === 'half-open') account.breaker.trial = slotId;
}

export function succeeded(account: Account): void {
  account.breaker = { failedFor: [], openUntil: 0, backoffMs: 0, trial: null };
}

/** @param liveInstances how many there are. */
export function failed(
  account: Account,
  slotId: string,
  instance: string,
  liveInstances: number,
  now: number,
): void {
  const { breaker } = account;
  breaker.failedFor = [...breaker.failedFor, instance].slice(-2 * failuresToOpen);
  const isTrial = breaker.trial === slotId;
  const witnesses = new Set(breaker.failedFor).size;
  const isConvincing = breaker.failedFor.length >= failuresToOpen && witnesses >= Math.min(2, liveInstances);
  if (!isTrial && (breaker.openUntil > 0 || !isConvincing)) return;
  breaker.backoffMs = Math.min(
    longestBackoffMs,
    breaker.backoffMs === 0 ? firstBackoffMs : breaker.backoffMs * 2,
  );
  breaker.openUntil = now + breaker.backoffMs;
  breaker.trial = null;
}

/** The trial told nothing: a 429, or it was never sent. */
export function undecided({ breaker }: Account, slotId: string): void {
  if (breaker.trial === slotId) breaker.trial = null;
}
