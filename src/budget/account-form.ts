import { mostCalls } from '../config/formats.js';
import { accountForm, newAccount, priorities, type Account } from './account.js';
import {
  hasFields,
  isCount,
  isListOf,
  isMapOf,
  isNumber,
  isOneOf,
  isSpan,
  isText,
  isTime,
  orMissing,
  orNull,
  type Check,
} from '../json/checks.js';

/*
 * The form of an account in Redis, which instances of two releases share during an upgrade. A new field is optional,
 * and a field that a release does not know stays in the account, so that this release and the previous one read each
 * other's accounts. A change that the previous release would misread gets a new key in Redis beside the old one.
 * AccountStore reads and writes accounts by this form. The rules of the budget never see another one.
 */

const isSlot = hasFields({
  id: isText,
  instance: isText,
  key: isText,
  grantedAt: isTime,
  from: isTime,
  endedAt: orNull(isTime),
});

const isTicket = hasFields({
  id: isText,
  key: isText,
  instance: isText,
  consumer: isText,
  priority: isOneOf(...priorities),
  order: isNumber,
  since: isTime,
  until: isTime,
  promisedAt: isTime,
  servesForMs: orMissing(isNumber),
});

/** A new process takes over a slot for each call of a share, so a damaged share must not be endless. */
const isShare: Check = (value) => isCount(value) && (value as number) <= mostCalls;

const isOwner = hasFields({
  share: isShare,
  spare: isShare,
  lost: orMissing(hasFields({ at: isTime, among: isCount, replacedSince: orMissing(isTime) })),
});

const isAccount = hasFields({
  // Release 0.1.0 writes no form.
  form: orMissing((value) => value === accountForm),
  epoch: isText,
  home: isText,
  blockedUntil: isTime,
  awaiting: orNull(isListOf(isText)),
  awaitingUntil: orMissing(isTime),
  slots: isListOf(isSlot),
  callMs: isSpan,
  tickets: isListOf(() => true),
  order: isNumber,
  turnedAway: isMapOf(isTime),
  pausedUntil: isTime,
  learned: orNull(hasFields({ limit: isAboveZero(isCount), windowMs: isAboveZero(isSpan), until: isTime })),
  lastConsumerAt: isTime,
  lastBackgroundAt: isTime,
  retries: isListOf(isTime),
  passedOver: orMissing(isMapOf(isCount)),
  owners: orMissing(isMapOf(isOwner)),
  breaker: hasFields({
    failures: isMapOf(isCount),
    failedAt: orMissing(isMapOf(isTime)),
    openUntil: isTime,
    only: orNull(isText),
    backoffMs: isSpan,
    trial: orNull(isText),
  }),
});

function isAboveZero(check: Check): Check {
  return (value) => check(value) && value !== 0;
}

/**
 * @returns undefined when there is no account. An account that cannot be read counts as the account of another server:
 * no call that it knew is known, so account-recovery.ts waits a window, or until all instances have reported.
 */
export function readAccount(text: string | null): Account | undefined {
  if (text === null) return undefined;
  return parse(text) ?? newAccount('unreadable', 'unreadable');
}

function parse(text: string): Account | undefined {
  try {
    const found = JSON.parse(text) as Account;
    if (!isAccount(found)) return undefined;
    // A lost slot would be a call above the limit. A ticket is a wish, and its instance writes it again.
    found.tickets = found.tickets.filter(isTicket);
    return found;
  } catch {
    return undefined;
  }
}
