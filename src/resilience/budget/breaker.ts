import type { Account } from './account.js';

/**
 * The circuit breaker of one API. It opens for the fleet when more than one instance sees calls fail (or there is only
 * one), else for the one that does: an instance whose own network is broken must not stop the others, nor go on.
 */
const failuresToOpen = 3;
const firstBackoffMs = 5_000;
const longestBackoffMs = 30_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export function breakerState({ breaker }: Account, instance: string, now: number): BreakerState {
  const { openUntil, only } = breaker;
  if (openUntil === 0 || (only !== null && only !== instance)) return 'closed';
  return openUntil > now ? 'open' : 'half-open';
}

/** Until when nobody may call; 0 when somebody may. */
export function openForAllUntil({ breaker: { openUntil, only } }: Account): number {
  return only === null ? openUntil : 0;
}

/** Whether a call may go out as far as the breaker is concerned: while half-open, one at a time. */
export function mayTry(account: Account, instance: string, now: number): boolean {
  const state = breakerState(account, instance, now);
  if (state !== 'half-open') return state === 'closed';
  const { trial } = account.breaker;
  return trial === null || !account.slots.some(({ id, from }) => id === trial && from > now);
}

export function trying(account: Account, slotId: string, instance: string, now: number): void {
  if (breakerState(account, instance, now) === 'half-open') account.breaker.trial = slotId;
}

export function succeeded(account: Account, instance: string): void {
  const { only } = account.breaker;
  // HSS works, and so it is the other's network that does not.
  if (only !== null && only !== instance) account.breaker.failedFor = [only];
  else account.breaker = { failedFor: [], openUntil: 0, only: null, backoffMs: 0, trial: null };
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
  const only = new Set(breaker.failedFor).size >= Math.min(2, liveInstances) ? null : instance;
  const isTrial = breaker.trial === slotId;
  const isConvincing = breaker.failedFor.length >= failuresToOpen;
  const isWider = breaker.openUntil === 0 || (breaker.only !== null && only === null);
  if (!isTrial && !(isConvincing && isWider)) return;
  breaker.backoffMs = Math.min(
    longestBackoffMs,
    breaker.backoffMs === 0 ? firstBackoffMs : breaker.backoffMs * 2,
  );
  breaker.openUntil = now + breaker.backoffMs;
  breaker.only = only;
  breaker.trial = null;
}

/** The trial told nothing: a 429, or it was never sent. */
export function undecided({ breaker }: Account, slotId: string): void {
  if (breaker.trial === slotId) breaker.trial = null;
}
