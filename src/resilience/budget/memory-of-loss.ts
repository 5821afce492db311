import { newAccount, type Account, type Slot } from './account.js';

/**
 * What one instance remembers of an account, to tell when the shared one is lost and to help to restore it. A
 * missing account counts as a full window, never as an empty one, unless everyone who may have called has told.
 */
export interface Remembered {
  /** Of the account as this instance saw it last; null when it never did. */
  epoch: string | null;
  /** The other instances that may have called. */
  others: readonly string[];
  /** Calls of this instance that may still count. */
  ownSlots: readonly Slot[];
}

interface Finding {
  account: Account | undefined;
  home: string;
  instance: string;
  now: number;
  windowMs: number;
  newEpoch: () => string;
  /** How long someone who knows more may need to speak up. */
  graceMs: number;
}

/** @returns the account to go on with, restored as far as this instance can. */
export function recall(finding: Finding, remembered: Remembered): Account {
  const { account: found, home, instance, now, windowMs } = finding;
  const account = found ?? newAccount(finding.newEpoch(), home);
  const failedOver = account.home !== home;
  const knewAnother = remembered.epoch !== null && remembered.epoch !== account.epoch;
  if (failedOver) Object.assign(account, { home, epoch: finding.newEpoch(), awaiting: null });
  // Whoever was waited for and never told: a window has passed.
  if (account.blockedUntil <= now) account.awaiting = null;
  if (!found) account.blockedUntil = now + finding.graceMs;
  const mayLack = knewAnother || failedOver || (!found && remembered.others.length > 0);
  if (account.awaiting === null && mayLack) {
    const unheard = failedOver && remembered.epoch === null ? ['whoever knew it'] : [];
    account.awaiting = [instance, ...remembered.others, ...unheard];
    account.blockedUntil = now + windowMs;
  }
  for (const slot of remembered.ownSlots)
    if (!account.slots.some(({ id }) => id === slot.id)) account.slots.push({ ...slot });
  if (account.awaiting?.includes(instance)) {
    account.awaiting = account.awaiting.filter((name) => name !== instance);
    if (account.awaiting.length === 0) Object.assign(account, { awaiting: null, blockedUntil: now });
  }
  return account;
}
