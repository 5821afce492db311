/**
 * The sliding log, as pure rules on the slots of an account. A call counts for one window. The window begins at the
 * latest moment at which the call can have arrived at HSS. So HSS sees at most `limit` calls in any window, and the
 * phase of HSS's window does not matter.
 */
import type { Account, Limit, Slot } from './account.js';

/**
 * A call counts for this much longer than its window, because HSS counts from the arrival of the call, and we count
 * from its end. `npm run check:long budget` measured 120 calls of four busy processes: each call ended at least 6
 * ms after its arrival, so the end alone was never too early. The margin covers the rounding and the drift of two
 * clocks.
 */
export const marginMs = 25;

/**
 * All limits in force: the configured limit minus the calls reserved for lost instances, and a lower limit of HSS.
 */
export function limitsNow(account: Account, configuredLimit: Limit, now: number, reserved: number): Limit[] {
  const { learned } = account;
  const own = { limit: Math.max(1, configuredLimit.limit - reserved), windowMs: configuredLimit.windowMs };
  if (!learned || learned.until <= now) return [own];
  return [own, { limit: learned.limit, windowMs: learned.windowMs }];
}

/** The limit that allows the fewest calls in the long run. */
export function slowest(limits: readonly Limit[]): Limit {
  return limits.reduce((a, b) => (a.limit * b.windowMs <= b.limit * a.windowMs ? a : b));
}

/** Removes calls that count in no window any more. */
export function forgetOldSlots(account: Account, limits: readonly Limit[], now: number): void {
  const windowMs = Math.max(...limits.map((limit) => limit.windowMs));
  account.slots = account.slots.filter(({ from }) => from + windowMs + marginMs > now);
}

/** The number of calls that count in the window, of one instance or of all. */
export function countingSlots(account: Account, { windowMs }: Limit, now: number, instance?: string): number {
  return account.slots.filter(
    (slot) => slot.from + windowMs + marginMs > now && (instance === undefined || slot.instance === instance),
  ).length;
}

/**
 * The expected times of the next free slots, from `earliest` on. The first free slot has index 0. The times are
 * estimates: a call under way is assumed to take the average time.
 */
export function freeTimes(
  account: Account,
  limits: readonly Limit[],
  now: number,
  earliest: number,
): (index: number) => number {
  const { slots, callMs } = account;
  const starts = slots.map((slot) => startOf(slot, callMs, now));
  const times = limits.map((limit) => timesAfter(starts, limit, earliest));
  return (index) => Math.max(...times.map((timeOf) => timeOf(index)));
}

/** The time at which the window of a call begins. A call under way is assumed to take the average time. */
export function startOf({ from, grantedAt, endedAt }: Slot, callMs: number, now: number): number {
  return endedAt === null ? Math.min(from, Math.max(now, grantedAt + callMs)) : from;
}

/** Whether a slot is free now. Nothing is estimated here: a call under way counts in full. */
export function isSlotFree(account: Account, limits: readonly Limit[], now: number): boolean {
  return limits.every((limit) => countingSlots(account, limit, now) < limit.limit);
}

/** @param starts the times at which the calls of the log start to count. */
function timesAfter(
  starts: readonly number[],
  { limit, windowMs }: Limit,
  earliest: number,
): (index: number) => number {
  let busy: Float64Array | undefined;
  return (index) => {
    if (starts.length + index < limit) return earliest;
    // If the log holds more calls than the limit allows, only the newest `limit` calls decide.
    busy ??= Float64Array.from(starts, (from) => from + windowMs + marginMs)
      .sort()
      .slice(-limit);
    const at = Math.max(earliest, busy[(index % limit) - (limit - busy.length)] ?? earliest);
    return at + Math.floor(index / limit) * (windowMs + marginMs);
  };
}

/**
 * A call blocks calls for the same key until this long after its end: its result is on the way to other instances.
 */
const publishingMs = 500;

/**
 * The keys with a call that is under way or has just ended. Calls of a lost instance are left out: no result will
 * come.
 */
export function keysUnderWay(
  account: Account,
  isLive: (instance: string) => boolean,
  now: number,
): Set<string> {
  const useful = account.slots.filter(
    ({ endedAt, from, instance }) => (endedAt ?? from) + publishingMs > now && isLive(instance),
  );
  return new Set(useful.map(({ key }) => key));
}

export function findSlot(account: Account, id: string): Slot | undefined {
  return account.slots.find((slot) => slot.id === id);
}

const foreignPrefix = 'foreign-';

/** The id of a call that another program made with the same HSS user, as HSS told. */
export function foreignId(now: number, index: number): string {
  return `${foreignPrefix}${now}-${index}`;
}

export function isForeign({ id }: Slot): boolean {
  return id.startsWith(foreignPrefix);
}
