import type { Account, Limit, Slot } from './account.js';
import { breakerState, failed, succeeded, undecided } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { findSlot } from './slots.js';

/** How a call ended, as far as the budget is concerned. */
export type CallOutcome =
  /** HSS answered, even if with a business error. */
  | { kind: 'answered'; hint?: RateHint }
  /** HSS is failing; or nothing came back, so that nobody knows when the call arrives. */
  | { kind: 'failed'; wantsRetry: boolean; isAnswered: boolean }
  /** 429. */
  | { kind: 'throttled'; pauseMs: number; named: Limit | null }
  /** It went out, and how it ended says nothing about HSS: it was broken off by us, or our credential was refused. */
  | { kind: 'unknown' }
  /** It was never sent: the slot goes back. */
  | { kind: 'unused' };

/** What the gateway's X-Apig-RateLimit headers say: how many calls are left in its window. */
export interface RateHint {
  remain: number;
  named: Limit;
}

/** A lower limit that HSS named is believed for this long, then ours is tried again. */
const learnedForMs = 15 * 60_000;
const retryShare = 0.1;

/**
 * Records a call's end in one step with whatever it means for the others.
 * @returns whether the call may be repeated.
 */
export function recordOutcome(
  account: Account,
  slotId: string,
  outcome: CallOutcome,
  { now, configuredLimit, liveInstances }: BudgetConditions,
  instance: string,
): boolean {
  const slot = findSlot(account, slotId);
  // Recorded already by a change whose answer was lost on its way.
  if (slot && slot.endedAt !== null) return false;
  if (slot) {
    slot.endedAt = now;
    slot.from = latestArrival(slot, outcome, now);
    if (outcome.kind === 'answered') account.callMs += (now - slot.grantedAt - account.callMs) / 5;
  } else if (outcome.kind !== 'unused') {
    // Lost and seeded meanwhile, or longer under way than it could be: it counts all the same.
    account.slots.push({ id: slotId, instance, key: '', grantedAt: now, from: now, endedAt: now });
  }
  switch (outcome.kind) {
    case 'answered':
      succeeded(account, instance);
      if (outcome.hint) countForeignCalls(account, outcome.hint, configuredLimit, instance, now);
      return false;
    case 'failed':
      failed(account, slotId, instance, liveInstances, now);
      if (!outcome.wantsRetry || !mayRetry(account, configuredLimit, instance, now)) return false;
      if (slot) slot.key = '';
      return true;
    case 'throttled':
      undecided(account, slotId);
      account.pausedUntil = Math.max(account.pausedUntil, now + outcome.pauseMs);
      learn(account, outcome.named, configuredLimit, now);
      return false;
    case 'unknown':
      // The same load may go on with another credential.
      if (slot) slot.key = '';
      undecided(account, slotId);
      return false;
    case 'unused':
      undecided(account, slotId);
      account.slots = account.slots.filter(({ id }) => id !== slotId);
      return false;
  }
}

/**
 * What was given up without an answer may lie unread at a gateway that stalls, which counts it when it reads it: for as
 * long again as it was waited for, it is taken to be on its way.
 */
function latestArrival({ grantedAt }: Slot, outcome: CallOutcome, now: number): number {
  return outcome.kind === 'failed' && !outcome.isAnswered ? now + (now - grantedAt) : now;
}

/** A tenth of the calls may be repetitions, and at least one per window; none once the breaker is open. */
function mayRetry(account: Account, { windowMs }: Limit, instance: string, now: number): boolean {
  if (breakerState(account, instance, now) === 'open') return false;
  account.retries = account.retries.filter((at) => at + windowMs > now);
  if (account.retries.length >= Math.max(1, Math.floor(account.slots.length * retryShare))) return false;
  account.retries.push(now);
  return true;
}

function learn(account: Account, named: Limit | null, configuredLimit: Limit, now: number): void {
  const isLower =
    named &&
    (named.limit < configuredLimit.limit ||
      named.limit * configuredLimit.windowMs < configuredLimit.limit * named.windowMs);
  if (!isLower) return;
  account.learned = { ...named, until: now + learnedForMs };
}

/** Others spend the same user's calls where fewer are left than our log explains: theirs count like ours. */
function countForeignCalls(
  account: Account,
  { remain, named }: RateHint,
  configuredLimit: Limit,
  instance: string,
  now: number,
): void {
  learn(account, named, configuredLimit, now);
  if (named.windowMs !== configuredLimit.windowMs) return;
  const unexplained = Math.min(named.limit - remain, configuredLimit.limit) - account.slots.length;
  for (let index = 0; index < unexplained; index += 1)
    account.slots.push({
      id: `foreign-${now}-${index}`,
      instance,
      key: '',
      grantedAt: now,
      from: now,
      endedAt: now,
    });
}
