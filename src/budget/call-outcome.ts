/**
 * The end of a call, as the budget sees it, and its effect on the account: on the slot, the pause, the breaker, the
 * learned limit and the right to repeat. RunningCalls records outcomes; the HSS client makes them.
 */
import type { Account, Limit, Slot } from './account.js';
import { breakerState, recordFailure, recordSuccess, releaseTrial } from './breaker.js';
import type { BudgetConditions } from './budget-conditions.js';
import { findSlot, foreignId } from './slots.js';

/** The end of a call, with the facts that the budget needs. */
export type CallOutcome =
  /** HSS answered, possibly with a business error. */
  | { kind: 'answered'; hint?: RateHint }
  /**
   * HSS answered with a failure (`isAnswered`), and may have asked for a pause, or no answer came. Without an answer the
   * arrival time is unknown.
   */
  | { kind: 'failed'; wantsRetry: boolean; isAnswered: boolean; pauseMs?: number }
  /** No connection to HSS: the slot becomes free again, and the breaker counts a failure. */
  | { kind: 'unreached'; wantsRetry: boolean }
  /** HSS answered 429. */
  | { kind: 'throttled'; pauseMs: number; named: Limit | null }
  /** The call was sent, and its end says nothing about HSS: its connection had lapsed, or HSS refused our credential. */
  | { kind: 'unknown' }
  /** The call was sent, and the end of this process broke it off. The arrival time is unknown. */
  | { kind: 'given-up' }
  /** The call was never sent: the slot becomes free again. */
  | { kind: 'unused' };

/** The content of the gateway's X-Apig-RateLimit headers: the calls left in its window, and its limit. */
export interface RateHint {
  remain: number;
  named: Limit;
}

/** A lower limit that HSS named is believed for this long. After this time our own limit is tried again. */
const learnedForMs = 15 * 60_000;
/** All calls of a learned window stand in the account, which must stay small. */
const mostLearned = 300;
const longestLearnedMs = 24 * 3_600_000;
/** At most this share of the calls may be repetitions. */
const retryShare = 0.1;

/**
 * Records the end of a call together with its effect on later calls.
 * @returns whether the call may be repeated.
 */
export function recordOutcome(
  account: Account,
  slotId: string,
  outcome: CallOutcome,
  conditions: BudgetConditions,
  instance: string,
): boolean {
  const { now, configuredLimit } = conditions;
  const slot = findSlot(account, slotId);
  // An earlier change has recorded this end already, but Redis's reply to that change was lost.
  if (slot && slot.endedAt !== null) return false;
  if (slot) {
    slot.endedAt = now;
    slot.from = latestArrival(slot, outcome, now);
    if (outcome.kind === 'answered') account.callMs += (now - slot.grantedAt - account.callMs) / 5;
  } else if (outcome.kind !== 'unused' && outcome.kind !== 'unreached') {
    // The account was lost meanwhile, or the call took longer than `longestCallMs`. The call counts all the same.
    account.slots.push({ id: slotId, instance, key: '', grantedAt: now, from: now, endedAt: now });
  }
  switch (outcome.kind) {
    case 'answered':
      recordSuccess(account, instance);
      if (outcome.hint) countForeignCalls(account, outcome.hint, conditions, instance);
      return false;
    case 'failed':
      recordFailure(account, slotId, instance, conditions);
      if (outcome.pauseMs !== undefined) pause(account, outcome.pauseMs, now);
      if (!outcome.wantsRetry || !mayRetry(account, configuredLimit, instance, now)) return false;
      if (slot) slot.key = '';
      return true;
    case 'unreached':
      recordFailure(account, slotId, instance, conditions);
      giveBack(account, slotId);
      return outcome.wantsRetry && mayRetry(account, configuredLimit, instance, now);
    case 'throttled':
      releaseTrial(account, slotId);
      pause(account, outcome.pauseMs, now);
      learn(account, outcome.named, configuredLimit, now);
      return false;
    case 'unknown':
    case 'given-up':
      // Another call for the same load may follow at once, with another credential.
      if (slot) slot.key = '';
      releaseTrial(account, slotId);
      return false;
    case 'unused':
      releaseTrial(account, slotId);
      giveBack(account, slotId);
      return false;
  }
}

function pause(account: Account, pauseMs: number, now: number): void {
  account.pausedUntil = Math.max(account.pausedUntil, now + pauseMs);
}

function giveBack(account: Account, slotId: string): void {
  account.slots = account.slots.filter(({ id }) => id !== slotId);
}

/**
 * A call that ended without an answer may lie unread at a stalled gateway. The gateway counts the call only when it
 * reads the call. So the call is assumed to stay under way for as long again as the service waited for the answer.
 */
function latestArrival({ grantedAt }: Slot, outcome: CallOutcome, now: number): number {
  const isAnswered = outcome.kind === 'failed' ? outcome.isAnswered : outcome.kind !== 'given-up';
  return isAnswered ? now : now + (now - grantedAt);
}

/**
 * A tenth of the calls may be repetitions, at least one per window. No call is repeated while the breaker is open.
 */
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
  // A part of the calls in the same part of the window never exceeds the whole.
  const parts = Math.ceil(named.limit / mostLearned);
  account.learned = {
    limit: Math.floor(named.limit / parts),
    windowMs: Math.min(longestLearnedMs, Math.ceil(named.windowMs / parts)),
    until: now + learnedForMs,
  };
}

/**
 * If the gateway reports fewer remaining calls than our log explains, somebody else uses the same HSS user. Their
 * calls count like ours. Without Redis, the other instances' shares explain that many calls.
 */
function countForeignCalls(
  account: Account,
  { remain, named }: RateHint,
  { now, configuredLimit, othersShare }: BudgetConditions,
  instance: string,
): void {
  learn(account, named, configuredLimit, now);
  if (named.windowMs !== configuredLimit.windowMs) return;
  const used = named.limit - remain;
  const explained = account.slots.length + (othersShare ?? 0);
  const believed = othersShare === undefined ? Math.min(used, configuredLimit.limit) : used;
  // More slots than our limit would say nothing more, and HSS can name any number.
  const unexplained = Math.min(believed - explained, configuredLimit.limit);
  for (let index = 0; index < unexplained; index += 1)
    account.slots.push({
      id: foreignId(now, index),
      instance,
      key: '',
      grantedAt: now,
      from: now,
      endedAt: now,
    });
}
