import { newAccount, type Account } from './account.js';
import { longestBackoffMs } from './breaker.js';
import { leftBehindMs } from './queue.js';

/**
 * What one instance remembers of an account, to tell when the shared one is lost and to help to restore it. A
 * missing account counts as a full window, never as an empty one, unless everyone who may have called has told.
 */
export interface Remembered {
  /** As this instance knew it last, in the time of now; undefined when it never did. */
  account: Account | undefined;
  /** It was away for so long that the others may have called without it. */
  wasAway: boolean;
  /** The other instances that may have called. */
  others: readonly string[];
}

interface Finding {
  account: Account | undefined;
  home: string;
  instance: string;
  now: number;
  windowMs: number;
  longestCallMs: number;
  newEpoch: () => string;
  /** How long someone who knows more may need to speak up. */
  graceMs: number;
  /** The clock of the accounts was set, or is another one. */
  hasClockMoved: boolean;
}

/** A pause is never longer. */
const longestPauseMs = 15 * 60_000;

/** @returns the account to go on with, restored as far as this instance can. */
export function recoverAccount(finding: Finding, remembered: Remembered): Account {
  const { account: found, home, instance, now, windowMs } = finding;
  const account = found ?? newAccount(finding.newEpoch(), home);
  const isFailedOver = account.home !== home;
  const known = remembered.account;
  const knewAnother = known !== undefined && known.epoch !== account.epoch;
  if (finding.hasClockMoved || isFailedOver) restart(account, instance, now);
  clamp(account, finding);
  if (isFailedOver) Object.assign(account, { home, epoch: finding.newEpoch(), awaiting: null });
  // Whoever was waited for and never told: a window has passed.
  if (account.blockedUntil <= now) account.awaiting = null;
  if (!found) account.blockedUntil = now + finding.graceMs;
  const mayLack =
    knewAnother || isFailedOver || remembered.wasAway || (!found && remembered.others.length > 0);
  if (account.awaiting === null && mayLack) {
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

/** This instance's own calls, and what HSS has told it. The later of two times is the safe one. */
function restore(account: Account, known: Account, instance: string, isLost: boolean): void {
  for (const slot of known.slots.filter((each) => each.instance === instance)) {
    const there = account.slots.find(({ id }) => id === slot.id);
    if (!there) account.slots.push({ ...slot });
    else if (there.from < slot.from && slot.endedAt !== null) there.from = slot.from;
  }
  account.pausedUntil = Math.max(account.pausedUntil, known.pausedUntil);
  if (known.learned && known.learned.until > (account.learned?.until ?? 0)) account.learned = known.learned;
  if (isLost && account.breaker.openUntil === 0) account.breaker = known.breaker;
}

/** By the clock that was, the calls of others count from a time that nobody knows: from now on. */
function restart(account: Account, instance: string, now: number): void {
  for (const slot of account.slots) {
    if (slot.instance === instance) continue;
    slot.from = Math.max(slot.from, now);
    // Its result has been told long since.
    if (slot.endedAt !== null) slot.key = '';
  }
}

/** No time lies further ahead than it can. */
function clamp(account: Account, { now, windowMs, longestCallMs }: Finding): void {
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
  if (account.learned) account.learned.until = within(account.learned.until, longestPauseMs);
  account.lastConsumerAt = past(account.lastConsumerAt);
  account.lastBackgroundAt = past(account.lastBackgroundAt);
  account.retries = account.retries.map(past);
}
