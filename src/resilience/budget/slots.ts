import type { Account, Limit, Slot } from './account.js';
import { openForAllUntil } from './breaker.js';

/**
 * The sliding log: a call counts from the latest moment at which it can have arrived until one window later. So in
 * any window, whatever its phase, HSS sees at most `limit` calls.
 */

/**
 * Beyond the window, for what lies between HSS's arrival stamp and our end of the call. Measured by `npm run
 * check:long budget` over 120 calls of four busy processes: counted 6 ms after arrival at least, so the ends alone
 * never came too early; what is left to cover are two clocks' rounding and drift.
 */
export const marginMs = 25;

/** The limit that holds now: ours, or a lower one that HSS named, less what must be left to lost instances. */
export function limitNow(account: Account, configured: Limit, now: number, reserved: number): Limit {
  const { learned } = account;
  const isLower =
    learned &&
    learned.until > now &&
    learned.limit * configured.windowMs < configured.limit * learned.windowMs;
  const { limit, windowMs } = isLower ? learned : configured;
  return { limit: Math.max(1, limit - reserved), windowMs };
}

/** Forgets calls that no window can still hold. */
export function forgetOldSlots(account: Account, windowMs: number, now: number): void {
  account.slots = account.slots.filter(({ from }) => from + windowMs + marginMs > now);
}

/**
 * When the next slots are expected to come free, from now on: `count` times in ascending order. Expected, because
 * calls that are under way are taken to end when calls usually do.
 */
export function freeTimes(account: Account, limit: Limit, now: number, count: number): number[] {
  const { slots, callMs } = account;
  const ends = slots.map(({ from, grantedAt }) => Math.min(from, Math.max(now, grantedAt + callMs)));
  return timesAfter(account, ends, limit, now, count);
}

/** Whether a slot is free for certain: a call under way counts until it has ended. */
export function isSlotFree(account: Account, limit: Limit, now: number): boolean {
  const ends = account.slots.map(({ from }) => from);
  return timesAfter(account, ends, limit, now, 1).every((at) => at <= now);
}

/** @param starts when the calls on the log started to count. */
function timesAfter(
  account: Account,
  starts: readonly number[],
  { limit, windowMs }: Limit,
  now: number,
  count: number,
): number[] {
  const earliest = Math.max(now, account.blockedUntil, account.pausedUntil, openForAllUntil(account));
  // More calls on the log than the limit allows: the oldest ones must go first.
  const busy = starts
    .map((from) => from + windowMs + marginMs)
    .sort((a, b) => a - b)
    .slice(-limit);
  return Array.from({ length: count }, (_, index) => {
    const at = Math.max(earliest, busy[(index % limit) - (limit - busy.length)] ?? earliest);
    return at + Math.floor(index / limit) * (windowMs + marginMs);
  });
}

/** For this long after its end another call for the same thing waits: the first one's result is being told. */
const tellingMs = 500;

/** Whether a call for the same thing is on its way, or has just ended. One of a lost instance is of no use. */
export function isUnderWay(
  account: Account,
  key: string,
  isLive: (instance: string) => boolean,
  now: number,
): boolean {
  return account.slots.some(
    (slot) => slot.key === key && slot.from + tellingMs > now && isLive(slot.instance),
  );
}

export function takeSlot(account: Account, slot: Slot): void {
  account.slots.push(slot);
}

export function findSlot(account: Account, id: string): Slot | undefined {
  return account.slots.find((slot) => slot.id === id);
}
