import type { Emulator } from '../../../emulator/emulator.js';
import type { TestClock } from '../test-clock.js';

interface Passing {
  stepMs?: number;
  mostMs?: number;
  /** Waits for what else keeps real time, such as Redis. */
  settled?: (() => Promise<unknown>) | undefined;
}

/**
 * Settings for a service whose clock jumps while calls are under way: each step takes from their limits what it takes
 * from no machine.
 */
export const longCalls = { HSS_TIMEOUT: '10m', REQUEST_DEADLINE: '10m' };

/**
 * Lets time pass in steps until something holds; between two steps what they set off is done, so that nothing takes
 * longer than it would.
 */
export async function passUntil(
  clock: TestClock,
  emulator: Emulator,
  holds: () => unknown,
  { stepMs = 500, mostMs = 6 * 3_600_000, settled }: Passing = {},
): Promise<void> {
  for (let passed = 0; !(await quiet(emulator, holds, settled)); passed += stepMs) {
    if (passed > mostMs) throw new Error(`It did not come about in ${mostMs} ms: ${String(holds)}`);
    clock.advance(stepMs);
  }
}

/** Whoever jumps after it cuts nothing off: what the last step set off is done, too. */
export async function pass(
  clock: TestClock,
  emulator: Emulator,
  ms: number,
  stepMs = 500,
  settled?: Passing['settled'],
): Promise<void> {
  const end = clock.now() + ms;
  await passUntil(clock, emulator, () => clock.now() >= end, { stepMs, settled });
  await quiet(emulator, undefined, settled);
}

/** Looks so often whether calls follow from calls: at a high rate they never end. */
const mostRounds = 4;

/** Waits until no call is under way and none follows from those that were. @returns true at once when it holds. */
export async function quiet(
  emulator: Emulator,
  holds: () => unknown = () => false,
  settled?: Passing['settled'],
): Promise<boolean> {
  const { journal } = emulator;
  for (let round = 0, seen = -1; round < mostRounds && seen !== journal.entries.length; round += 1) {
    if (await holds()) return true;
    seen = journal.entries.length;
    await journal.settled();
    // Threads take real time; all else takes turns of the event loop, however long each is.
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await settled?.();
  }
  return Boolean(await holds());
}
