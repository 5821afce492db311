import { accountForm, newAccount, priorities, type Account } from './account.js';
import {
  hasFields,
  isCount,
  isListOf,
  isMapOf,
  isNumber,
  isOneOf,
  isPositive,
  isText,
  orMissing,
  orNull,
} from '../json/checks.js';

/*
 * The form of an account in Redis, which instances of two releases share during an upgrade. A new field is optional,
 * and a field that a release does not know stays in the account, so that this release and the one before read each
 * other's accounts. A change that the release before would misread gets a new key in Redis beside the old one.
 * AccountStore reads and writes accounts by this form. The rules of the budget never see another one.
 */

const isSlot = hasFields({
  id: isText,
  instance: isText,
  key: isText,
  grantedAt: isNumber,
  from: isNumber,
  endedAt: orNull(isNumber),
});

const isTicket = hasFields({
  id: isText,
  key: isText,
  instance: isText,
  consumer: isText,
  priority: isOneOf(...priorities),
  order: isNumber,
  since: isNumber,
  until: isNumber,
  promisedAt: isNumber,
  servesForMs: orMissing(isNumber),
});

const isOwner = hasFields({
  share: isNumber,
  spare: isNumber,
  lost: orMissing(hasFields({ at: isNumber, among: isNumber, replacedSince: orMissing(isNumber) })),
});

const isAccount = hasFields({
  // Release 0.1.0 writes no form.
  form: orMissing((value) => value === accountForm),
  epoch: isText,
  home: isText,
  blockedUntil: isNumber,
  awaiting: orNull(isListOf(isText)),
  awaitingUntil: orMissing(isNumber),
  slots: isListOf(isSlot),
  callMs: isNumber,
  tickets: isListOf(() => true),
  order: isNumber,
  turnedAway: isMapOf(isNumber),
  pausedUntil: isNumber,
  learned: orNull(hasFields({ limit: isLimit, windowMs: isPositive, until: isNumber })),
  lastConsumerAt: isNumber,
  lastBackgroundAt: isNumber,
  retries: isListOf(isNumber),
  passedOver: orMissing(isMapOf(isNumber)),
  owners: orMissing(isMapOf(isOwner)),
  breaker: hasFields({
    failures: isMapOf(isNumber),
    failedAt: orMissing(isMapOf(isNumber)),
    openUntil: isNumber,
    only: orNull(isText),
    backoffMs: isNumber,
    trial: orNull(isText),
  }),
});

function isLimit(value: unknown): boolean {
  return isCount(value) && isPositive(value);
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
