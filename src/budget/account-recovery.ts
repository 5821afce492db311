import { newAccount, type Account } from './account.js';
import { clampTimes } from './account-times.js';
import { marginMs } from './slots.js';

/**
 * Restores an account after Redis lost the account, and after a failover. An account whose clock was set is treated
 * as lost: nothing in it can be compared with the time any more. FleetView calls `recoverAccount` on every reading. A
 * missing account counts as a full window, not as an empty window, until every instance that may have called has
 * reported its calls.
 */

/**
 * Instances that live report within this time: a beat, and the connection to a Redis that has come back. Callers that
 * can wait are not refused before.
 */
const reportsWithinMs = 5_000;

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
  /** Other instances can report their calls only while they are heard. */
  isLive: (instance: string) => boolean;
}

/**
 * The memory of this instance. This memory shows that the shared account was lost, and helps to restore the account.
 */
export interface Remembered {
  /** The account as this instance knew it last. Undefined when this instance never read the account. */
  account: Account | undefined;
  /** The clock of Redis was set since, or another server's clock is used now. */
  isRestarted: boolean;
  /** The other instances that may have called. */
  others: readonly string[];
}

/** @returns the account to go on with, restored as far as this instance can. */
export function recoverAccount(found: FoundAccount, remembered: Remembered): Account {
  const { home, instance, now, windowMs, longestCallMs } = found;
  const known = remembered.account;
  // The first instance that noticed the step has replaced the account, and then the epoch is a new one.
  const hasUselessTimes = remembered.isRestarted && known?.epoch === found.account?.epoch;
  const stored = hasUselessTimes ? undefined : found.account;
  const account = stored ?? newAccount(found.newEpoch(), home);
  // Shares have no times, and Redis still knows who has signed off.
  if (hasUselessTimes) account.owners = heardNow(found.account?.owners, now);
  const isFailedOver = account.home !== home;
  const knewAnother = known !== undefined && known.epoch !== account.epoch;
  clampTimes(account, found);
  if (isFailedOver) Object.assign(account, { home, epoch: found.newEpoch(), awaiting: null });
  if (account.awaiting && account.blockedUntil <= now) {
    const { awaitingUntil = 0 } = account;
    // Live instances have reported by now. When the longer wait is over too, no earlier call counts any more.
    if (awaitingUntil > now) account.blockedUntil = awaitingUntil;
    else account.awaiting = null;
  }
  if (!stored) account.blockedUntil = now + found.graceMs;
  const mayLackCalls = knewAnother || isFailedOver || (!stored && remembered.others.length > 0);
  if (account.awaiting === null && mayLackCalls) {
    const unheard = isFailedOver && known === undefined ? ['whoever knew it'] : [];
    account.awaiting = [instance, ...remembered.others, ...unheard];
    account.blockedUntil = now + reportsWithinMs;
    account.awaitingUntil = now + longestCallMs + windowMs + marginMs;
  }
  const lostOwners = !remembered.isRestarted || found.account === undefined;
  if (known) restore(account, known, found, knewAnother, lostOwners);
  if (account.awaiting?.includes(instance)) {
    account.awaiting = account.awaiting.filter((name) => name !== instance);
    if (account.awaiting.length === 0) Object.assign(account, { awaiting: null, blockedUntil: now });
  }
  return account;
}

/**
 * Adds this instance's own calls, and HSS's pauses and limits. If two times differ, the later time is the safe one.
 * An account that Redis lost also gets back what silent instances own, because they cannot report it.
 */
function restore(
  account: Account,
  known: Account,
  { instance, isLive }: FoundAccount,
  isLost: boolean,
  lostOwners: boolean,
): void {
  const isMissing = (name: string) => name === instance || (isLost && !isLive(name));
  for (const slot of known.slots.filter((each) => isMissing(each.instance))) {
    const shared = account.slots.find(({ id }) => id === slot.id);
    if (!shared) account.slots.push({ ...slot });
    else if (shared.endedAt === null && slot.endedAt !== null) Object.assign(shared, slot);
    else if (shared.from < slot.from && slot.endedAt !== null) shared.from = slot.from;
  }
  if (isLost && lostOwners) account.owners = { ...structuredClone(known.owners), ...account.owners };
  account.pausedUntil = Math.max(account.pausedUntil, known.pausedUntil);
  if (known.learned && known.learned.until > (account.learned?.until ?? 0)) account.learned = known.learned;
  if (isLost && account.breaker.openUntil === 0) account.breaker = known.breaker;
}

/** The owners on a clock that was set: the silence of each begins now. */
function heardNow(owners: Account['owners'], now: number): NonNullable<Account['owners']> {
  const copy = structuredClone(owners ?? {});
  for (const { lost } of Object.values(copy)) if (lost) lost.at = now;
  return copy;
}
