import type { Account, Limit, Owner, Silence } from './account.js';
import { isSuccessor } from './instance-id.js';
import { lostAfterMs } from './membership.js';
import { countingSlots, marginMs } from './slots.js';

/**
 * The part of the rate that each instance owns in the shared account, as pure rules. While all instances are heard,
 * each of them may use the whole limit. For the moment at which an instance loses Redis, it holds free slots
 * in escrow: all other instances count them as used. An instance that is silent keeps its calls, its spare slots and
 * its share until it is heard again, signs off, is succeeded by an instance of its name, or counts as gone. FleetView
 * applies these rules in every change of an account; lone-share.ts tells what the silent instance itself may use.
 */

/** The fleet, as the instance sees it that changes the account. */
export interface Fleet {
  instance: string;
  now: number;
  limit: Limit;
  /** The number of instances from the settings. */
  fleetSize: number;
  /** The number of instances with a recent sign of life. */
  liveInstances: number;
  isLive: (instance: string) => boolean;
  /** No other instance was connected to Redis while this instance was away, so nobody could be heard. */
  couldHearNobody: boolean;
}

/**
 * A silent instance keeps its share for this number of windows. In a fleet of a known size it keeps the share for
 * thirty windows, or until as many instances as before have been live for one window: the calls of a process that has
 * ended and was replaced count no more by then.
 */
const goneAfterWindows = 2;
const replacedAfterWindows = 30;

/** The limit that the fleet shares: ours, or the lower one that HSS named. */
export function sharedLimit({ learned }: Account, { limit, now }: Pick<Fleet, 'limit' | 'now'>): number {
  return learned && learned.until > now ? Math.min(limit.limit, learned.limit) : limit.limit;
}

/** Slots that the other instances hold beyond their calls: spare slots, and what silent instances may use. */
export function heldByOthers(account: Account, fleet: Fleet): { spare: number; silent: number } {
  const held = { spare: 0, silent: 0 };
  for (const [name, owner] of othersOf(account, fleet))
    if (fleet.isLive(name)) held.spare += owner.spare;
    else held.silent += callsOfSilent(account, name, owner, fleet);
  return held;
}

/** The number of calls that a silent instance may have made without Redis and that count now. */
function callsOfSilent(account: Account, name: string, { share, spare }: Owner, fleet: Fleet): number {
  return Math.max(spare, share - countingSlots(account, fleet.limit, fleet.now, name));
}

/** Notes which other instances are silent, and forgets the ones that are gone. */
export function noteSilence(account: Account, fleet: Fleet): void {
  const { now, isLive, liveInstances, fleetSize, couldHearNobody } = fleet;
  const others = othersOf(account, fleet);
  const lost = others.filter(([name]) => !isLive(name));
  for (const [name, owner] of others) if (isLive(name)) delete owner.lost;
  const fresh = lost.filter(([, owner]) => owner.lost === undefined).length;
  for (const [name, owner] of lost) {
    const silence = (owner.lost ??= { at: now, among: Math.max(fleetSize, liveInstances + fresh) });
    if (couldHearNobody) silence.at = now;
    if (liveInstances < silence.among) delete silence.replacedSince;
    else silence.replacedSince ??= now;
    if (isSuccessor(fleet.instance, name)) takeOver(account, name, owner, fleet);
    else if (isGone(silence, fleet)) signOff(account, name);
  }
}

/**
 * The new process of a name frees the share of the former one, which has ended. The calls that the former one may have
 * made without Redis count from now on.
 */
function takeOver(account: Account, name: string, owner: Owner, fleet: Fleet): void {
  const { now } = fleet;
  const calls = callsOfSilent(account, name, owner, fleet);
  for (let index = 0; index < calls; index += 1) {
    const id = `${name}-${now}-${index}`;
    account.slots.push({ id, instance: name, key: '', grantedAt: now, from: now, endedAt: now });
  }
  signOff(account, name);
}

/** The latest time at which the first silent instance counts as gone. */
export function firstGoneAt(account: Account, fleet: Fleet): number {
  const times = othersOf(account, fleet).flatMap(([, { lost }]) => (lost ? [lost.at] : []));
  const forMs =
    fleet.fleetSize === 1 ? goneAfterMs(fleet.limit) : replacedAfterWindows * fleet.limit.windowMs;
  return Math.min(...times) + forMs;
}

/** Renews this instance's entry. Its spare slots go back, so that the change that follows can use them. */
export function renewShare(account: Account, fleet: Fleet): void {
  account.owners = { ...account.owners, [fleet.instance]: { share: ownShare(account, fleet), spare: 0 } };
}

/** An equal part of the limit, or less: at most what the others leave. */
function ownShare(account: Account, fleet: Fleet): number {
  const whole = sharedLimit(account, fleet);
  const others = othersOf(account, fleet);
  const left = whole - others.reduce((sum, [, { share }]) => sum + share, 0);
  const equal = Math.floor(whole / Math.max(fleet.fleetSize, others.length + 1));
  return Math.max(0, Math.min(Math.max(1, equal), left));
}

/** Takes free slots into escrow, at most the own share, while no load waits on any instance. */
export function holdSpare(account: Account, fleet: Fleet): void {
  const own = account.owners?.[fleet.instance];
  if (!own || account.tickets.length > 0 || account.awaiting !== null) return;
  own.spare = Math.max(0, Math.min(own.share, freeSlots(account, fleet)));
}

/** Whether an empty change would leave the account as it is, until another instance changes it or falls silent. */
export function isAtRest(account: Account, fleet: Fleet): boolean {
  const own = account.owners?.[fleet.instance];
  if (!own || account.awaiting !== null || own.share !== ownShare(account, fleet)) return false;
  const areHeard = othersOf(account, fleet).every(([name, { lost }]) => !lost && fleet.isLive(name));
  return areHeard && own.spare === (account.tickets.length > 0 ? 0 : own.share);
}

/** Gives everything back that the instance owns, except the calls that it made. */
export function signOff(account: Account, instance: string): void {
  account.owners = Object.fromEntries(
    Object.entries(account.owners ?? {}).filter(([name]) => name !== instance),
  );
}

/** Slots that nobody uses or holds. */
export function freeSlots(account: Account, fleet: Fleet): number {
  const { spare, silent } = heldByOthers(account, fleet);
  return sharedLimit(account, fleet) - countingSlots(account, fleet.limit, fleet.now) - spare - silent;
}

function othersOf({ owners }: Account, { instance }: Fleet): [string, Owner][] {
  return Object.entries(owners ?? {}).filter(([name]) => name !== instance);
}

function goneAfterMs({ windowMs }: Limit): number {
  return goneAfterWindows * windowMs + marginMs;
}

function isGone({ at, replacedSince }: Silence, { now, limit, fleetSize }: Fleet): boolean {
  if (now - at <= goneAfterMs(limit)) return false;
  // An instance that died a moment ago still counts as live.
  const replacedForMs = limit.windowMs + marginMs + 2 * lostAfterMs;
  const isReplaced = replacedSince !== undefined && now - replacedSince > replacedForMs;
  return fleetSize === 1 || isReplaced || now - at > replacedAfterWindows * limit.windowMs;
}
