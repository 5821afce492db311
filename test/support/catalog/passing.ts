/** Moves a jumping clock on while the sync of the catalog makes its calls. */
import type { Emulator } from '../../../emulator/emulator.js';
import { CatalogIndex } from '../../../src/catalog/index/catalog-index.js';
import type { TestClock } from '../test-clock.js';
import { aWhile } from '../until.js';

interface Passing {
  stepMs?: number;
  mostMs?: number;
  /** Waits for everything else that keeps real time, such as Redis. */
  settled?: (() => Promise<unknown>) | undefined;
}

/**
 * Settings for a service whose clock jumps while calls are under way. Each jump counts against the limits of a
 * call, though the call itself takes hardly any time.
 */
export const longCalls = { HSS_TIMEOUT: '10m', REQUEST_DEADLINE: '10m' };

/**
 * Lets time pass in steps until a condition holds. Between two steps it waits for all work that the first step
 * started, so that no work seems to take longer than it does.
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

/**
 * Lets time pass in steps, and waits for the work of the last step too: a later jump of the clock cuts nothing off.
 */
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

/** Steps that the indexes of this process apply at the moment: the threads of the tables take real time. */
let applying = 0;
const apply = Reflect.get(CatalogIndex.prototype, 'apply');
CatalogIndex.prototype.apply = async function (...given) {
  applying += 1;
  try {
    await apply.apply(this, given);
  } finally {
    applying -= 1;
  }
};

/** Most rounds of waiting for calls that follow from calls: at a high rate such calls never end. */
const mostRounds = 4;

/**
 * Waits until no call is under way and none follows from the last calls. @returns true at once if `holds` is true.
 */
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
    // Other threads take real time. All other work takes turns of the event loop, of any length.
    await aWhile(2);
    do {
      while (applying > 0) await aWhile(2);
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    } while (applying > 0);
    await settled?.();
  }
  return Boolean(await holds());
}
