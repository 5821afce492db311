import type { Account, Breaker } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';

/**
 * The circuit breaker of one API, as pure rules on the account. The breaker opens for the whole fleet when two
 * instances see calls fail, or when there is only one instance. Otherwise it opens for the failing instance alone:
 * an instance with a broken network must not stop the other instances, but must itself make no further calls.
 */

const failuresToOpen = 3;
/**
 * An instance with this many failures in a row agrees that the API fails. If two instances agree, the cause is not
 * the network of a single instance.
 */
const failuresToAgree = 2;
/** Failures in a row count for this long after the last of them. */
const failuresCountForMs = 60_000;
const firstBackoffMs = 5_000;
export const longestBackoffMs = 30_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export function breakerState({ breaker }: Account, instance: string, now: number): BreakerState {
  const { openUntil, only } = breaker;
  if (openUntil === 0 || (only !== null && only !== instance)) return 'closed';
  return openUntil > now ? 'open' : 'half-open';
}

/** The time before which no instance may call; 0 when at least one instance may. */
export function openForAllUntil({ breaker: { openUntil, only } }: Account): number {
  return only === null ? openUntil : 0;
}

/** Whether the breaker lets a call out. While the breaker is half-open, one call at a time may go out. */
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

export function recordTrial(account: Account, slotId: string, instance: string, now: number): void {
  if (breakerState(account, instance, now) === 'half-open') account.breaker.trial = slotId;
}

export function recordSuccess({ breaker }: Account, instance: string): void {
  breaker.failures = Object.fromEntries(
    Object.entries(breaker.failures).filter(([name]) => name !== instance),
  );
  // HSS works here, so the instance for which alone the breaker is open has a broken network. The breaker stays open
  // there.
  if (breaker.only !== null && breaker.only !== instance) return;
  close(breaker);
}

export function recordFailure(
  account: Account,
  slotId: string,
  instance: string,
  conditions: Pick<BudgetConditions, 'now' | 'isLive' | 'liveInstances'>,
): void {
  const { breaker } = account;
  const { now, liveInstances } = conditions;
  forgetOldFailures(account, conditions);
  const count = (breaker.failures[instance] ?? 0) + 1;
  breaker.failures = { ...breaker.failures, [instance]: count };
  breaker.failedAt = { ...breaker.failedAt, [instance]: now };
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

/**
 * Failures end with their instance, and after a minute. If they stayed, the failures of an instance that is gone would
 * agree with the next broken network, and open the breaker for all instances.
 */
function forgetOldFailures(
  { breaker }: Account,
  { now, isLive }: Pick<BudgetConditions, 'now' | 'isLive'>,
): void {
  const { failures, failedAt = {}, only, openUntil } = breaker;
  const isOver = (at: number) => now - at >= failuresCountForMs;
  // The previous release did not note the times. These failures count for a minute from now on.
  const timeOf = (name: string) => failedAt[name] ?? now;
  const counting = Object.keys(failures).filter((name) => isLive(name) && !isOver(timeOf(name)));
  breaker.failures = Object.fromEntries(counting.map((name) => [name, failures[name] ?? 0]));
  breaker.failedAt = Object.fromEntries(counting.map((name) => [name, timeOf(name)]));
  if (only !== null && (!isLive(only) || isOver(openUntil))) close(breaker);
}

function close(breaker: Breaker): void {
  Object.assign(breaker, { openUntil: 0, only: null, backoffMs: 0, trial: null });
}

/** The trial showed neither success nor failure: HSS answered 429, or the call was never sent. */
export function releaseTrial({ breaker }: Account, slotId: string): void {
  if (breaker.trial === slotId) breaker.trial = null;
}
