import type { Emulator } from '../../../src/emulator/emulator.js';
import type { TestClock } from '../test-clock.js';

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
  { stepMs = 500, mostMs = 3_600_000 } = {},
): Promise<void> {
  for (let passed = 0; !(await holds()); passed += stepMs) {
    if (passed > mostMs) throw new Error(`It did not come about in ${mostMs} ms: ${String(holds)}`);
    await emulator.journal.settled();
    // Threads and Redis take real time; all else takes turns of the event loop, however long each is.
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (await holds()) return;
    clock.advance(stepMs);
  }
}

export async function pass(clock: TestClock, emulator: Emulator, ms: number, stepMs = 500): Promise<void> {
  const end = clock.now() + ms;
  await passUntil(clock, emulator, () => clock.now() >= end, { stepMs });
}
