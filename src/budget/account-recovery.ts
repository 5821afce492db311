import { newAccount, type Account } from './account.js';
import { clampTimes } from './account-times.js';

/**
 * Restores an account after Redis lost the account, after a failover, and after Redis's clock was set. FleetView
 * calls `recoverAccount` on every reading. A missing account counts as a full window, not as an empty window, until
 * every instance that may have called has reported its calls.
 */

/** The account as Redis returned it, and the conditions of the reading. */
export interface FoundAccount {
  /** Undefined when Redis has no account, or an unreadable one. */
  account: Account | undefined;
  /** Names the Redis server that answered. */
  home: string;
  instance: string;
  now: number;
  windowMs: number;
  longestCallMs: number;
  newEpoch: () => string;
  /** How long to wait for another instance that may know more of a missing account. */
  graceMs: number;
  /** The clock of Redis was set, or another server's clock is used now. */
  hasClockMoved: boolean;
}

/**
 * The memory of this instance. This memory shows that the shared account was lost, and helps to restore the account.
 */
export interface Remembered {
  /**
   * The account as this instance knew it last, with times on Redis's present clock. Undefined when this instance
   * never read the account.
   */
  account: Account | undefined;
  /** This instance was cut off for so long that the other instances may have called without Redis. */
  wasAway: boolean;
  /** The other instances that may have called. */
  others: readonly string[];
}

/** @returns the account to go on with, restored as far as this instance can. */
export function recoverAccount(found: FoundAccount, remembered: Remembered): Account {
  const { home, instance, now, windowMs } = found;
  const account = found.account ?? newAccount(found.newEpoch(), home);
  const isFailedOver = account.home !== home;
  const known = remembered.account;
  const knewAnother = known !== undefined && known.epoch !== account.epoch;
  if (found.hasClockMoved || isFailedOver) restartForeignCalls(account, instance, now);
  clampTimes(account, found);
  if (isFailedOver) Object.assign(account, { home, epoch: found.newEpoch(), awaiting: null });
  // The wait of one window is over: calls of instances that never reported do not count any more.
  if (account.blockedUntil <= now) account.awaiting = null;
  if (!found.account) account.blockedUntil = now + found.graceMs;
  const mayLackCalls =
    knewAnother || isFailedOver || remembered.wasAway || (!found.account && remembered.others.length > 0);
  if (account.awaiting === null && mayLackCalls) {
    const unheard = isFailedOver && known === undefined ? ['whoever knew it'] : [];
    account.awaiting = [instance, ...remembered.others, ...unheard];
    account.blockedUntil = now + windowMs;
  }
  if (known) restore(account, known, instance, knewAnother);
  if (account.awaiting?.includes(instance)) {
    account.awaiting = account.awaiting.filter((name) => name !== instance);
    if (account.awaiting.length === 0) Object.assign(account, { awaiting: null, blockedUntil: now });
  }
  return account;
}

/**
 * Adds this instance's own calls, and HSS's pauses and limits. If two times differ, the later time is the safe one.
 */
function restore(account: Account, known: Account, instance: string, isLost: boolean): void {
  for (const slot of known.slots.filter((each) => each.instance === instance)) {
    const shared = account.slots.find(({ id }) => id === slot.id);
    if (!shared) account.slots.push({ ...slot });
    else if (shared.from < slot.from && slot.endedAt !== null) shared.from = slot.from;
  }
  account.pausedUntil = Math.max(account.pausedUntil, known.pausedUntil);
  if (known.learned && known.learned.until > (account.learned?.until ?? 0)) account.learned = known.learned;
  if (isLost && account.breaker.openUntil === 0) account.breaker = known.breaker;
}

/**
 * Lets each call of another instance count from now at the earliest. The time at which the call really began to count
 * is unknown on the new clock.
 */
function restartForeignCalls(account: Account, instance: string, now: number): void {
  for (const slot of account.slots) {
    if (slot.instance === instance) continue;
    slot.from = Math.max(slot.from, now);
    // The result of an ended call was published long ago, so another call for the same key need not wait.
    if (slot.endedAt !== null) slot.key = '';
  }
}
