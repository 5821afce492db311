import type { Account } from './account.js';

/**
 * The circuit breaker of one API. It opens for the fleet when more than one instance sees calls fail (or there is only
 * one), else for the one that does: an instance whose own network is broken must not stop the others, nor go on.
 */
const failuresToOpen = 3;
/** In a row, of each of two instances: then it is not the network of one. */
const failuresToAgree = 2;
const firstBackoffMs = 5_000;
export const longestBackoffMs = 30_000;

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
export function mayTry(
  account: Account,
  instance: string,
  isLive: (instance: string) => boolean,
  now: number,
): boolean {
  const state = breakerState(account, instance, now);
  if (state !== 'half-open') return state === 'closed';
  const { trial } = account.breaker;
  return !account.slots.some((slot) => slot.id === trial && slot.from > now && isLive(slot.instance));
}

export function trying(account: Account, slotId: string, instance: string, now: number): void {
  if (breakerState(account, instance, now) === 'half-open') account.breaker.trial = slotId;
}

export function succeeded({ breaker }: Account, instance: string): void {
  breaker.failures = Object.fromEntries(
    Object.entries(breaker.failures).filter(([name]) => name !== instance),
  );
  // HSS works, and so it is the other's network that does not.
  if (breaker.only !== null && breaker.only !== instance) return;
  Object.assign(breaker, { openUntil: 0, only: null, backoffMs: 0, trial: null });
}

/** @param liveInstances how many there are. */
export function failed(
  { breaker }: Account,
  slotId: string,
  instance: string,
  liveInstances: number,
  now: number,
): void {
  const count = (breaker.failures[instance] ?? 0) + 1;
  breaker.failures = { ...breaker.failures, [instance]: count };
  const agreeing = Object.values(breaker.failures).filter((failures) => failures >= failuresToAgree).length;
  const isForAll = liveInstances <= 1 ? count >= failuresToOpen : agreeing >= 2;
  const isClosed = breaker.openUntil === 0;
  const opens =
    breaker.trial === slotId ||
    (isForAll && (isClosed || breaker.only !== null)) ||
    (isClosed && count >= failuresToOpen);
  if (!opens) return;
  breaker.backoffMs =
    breaker.backoffMs === 0 ? firstBackoffMs : Math.min(longestBackoffMs, breaker.backoffMs * 2);
  breaker.openUntil = now + breaker.backoffMs;
  breaker.only = isForAll ? null : (breaker.only ?? (isClosed ? instance : null));
  breaker.trial = null;
}

/** The trial told nothing: a 429, or it was never sent. */
export function undecided({ breaker }: Account, slotId: string): void {
  if (breaker.trial === slotId) breaker.trial = null;
}
