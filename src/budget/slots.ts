import type { Account, Limit, Slot } from './account.js';

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

/** All limits that hold now: ours, less what must be left to lost instances, and a lower one that HSS named. */
export function limitsNow(account: Account, configuredLimit: Limit, now: number, reserved: number): Limit[] {
  const { learned } = account;
  const own = { limit: Math.max(1, configuredLimit.limit - reserved), windowMs: configuredLimit.windowMs };
  if (!learned || learned.until <= now) return [own];
  return [own, { limit: learned.limit, windowMs: learned.windowMs }];
}

/** The one that allows the least in the long run. */
export function slowest(limits: readonly Limit[]): Limit {
  return limits.reduce((a, b) => (a.limit * b.windowMs <= b.limit * a.windowMs ? a : b));
}

/** Forgets calls that no window can still hold. */
export function forgetOldSlots(account: Account, limits: readonly Limit[], now: number): void {
  const windowMs = Math.max(...limits.map((limit) => limit.windowMs));
  account.slots = account.slots.filter(({ from }) => from + windowMs + marginMs > now);
}

/**
 * When the next slots are expected to come free, from `earliest` on: the first is number 0. Expected, because calls that
 * are under way are taken to end when calls usually do.
 */
export function freeTimes(
  account: Account,
  limits: readonly Limit[],
  now: number,
  earliest: number,
): (index: number) => number {
  const { slots, callMs } = account;
  const ends = slots.map(({ from, grantedAt, endedAt }) =>
    endedAt === null ? Math.min(from, Math.max(now, grantedAt + callMs)) : from,
  );
  const times = limits.map((limit) => timesAfter(ends, limit, earliest));
  return (index) => Math.max(...times.map((timeOf) => timeOf(index)));
}

/** Whether a slot is free for certain: a call under way counts until it has ended. */
export function isSlotFree(account: Account, limits: readonly Limit[], now: number): boolean {
  return limits.every(
    ({ limit, windowMs }) =>
      account.slots.filter(({ from }) => from + windowMs + marginMs > now).length < limit,
  );
}

/** @param starts when the calls on the log started to count. */
function timesAfter(
  starts: readonly number[],
  { limit, windowMs }: Limit,
  earliest: number,
): (index: number) => number {
  let busy: Float64Array | undefined;
  return (index) => {
    if (starts.length + index < limit) return earliest;
    // More calls on the log than the limit allows: the oldest ones must go first.
    busy ??= Float64Array.from(starts, (from) => from + windowMs + marginMs)
      .sort()
      .slice(-limit);
    const at = Math.max(earliest, busy[(index % limit) - (limit - busy.length)] ?? earliest);
    return at + Math.floor(index / limit) * (windowMs + marginMs);
  };
}

/** For this long after its end another call for the same thing waits: the first one's result is being told. */
const tellingMs = 500;

/** What calls are on their way for, or have just ended for. Those of a lost instance are of no use. */
export function keysUnderWay(
  account: Account,
  isLive: (instance: string) => boolean,
  now: number,
): Set<string> {
  const useful = account.slots.filter(
    ({ endedAt, from, instance }) => (endedAt ?? from) + tellingMs > now && isLive(instance),
  );
  return new Set(useful.map(({ key }) => key));
}

export function findSlot(account: Account, id: string): Slot | undefined {
  return account.slots.find((slot) => slot.id === id);
}
