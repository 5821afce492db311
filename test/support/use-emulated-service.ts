/** One emulator of HSS and one service in front of it, for the tests of one `describe` block. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import { startService, type TestService } from './service.js';
import { TestClock } from './test-clock.js';

/** `emulator` and `service` exist from the first `beforeAll` on: read them inside tests and hooks only. */
export interface EmulatedService {
  readonly clock: TestClock;
  emulator: Emulator;
  service: TestService;
}

/**
 * Starts the emulator and the service before the tests of the `describe` block that calls this function, and closes both
 * after the tests. Each test begins with an empty journal and ends without faults.
 */
export function useEmulatedService(
  options: {
    /** A still clock by default: ages stay exact to the second, even on a slow machine. */
    clock?: TestClock;
    emulator?: EmulatorOptions;
    env?: Record<string, string>;
  } = {},
): EmulatedService {
  const { clock = TestClock.still(), env = {} } = options;
  const story = { clock } as EmulatedService;

  beforeAll(async () => {
    story.emulator = await startEmulator({ rate: 'off', clock, ...options.emulator });
    story.service = await startService({ emulator: story.emulator, clock, env });
  });
  beforeEach(() => story.emulator.journal.clear());
  afterEach(() => story.emulator.faults.clear());
  afterAll(async () => {
    await story.service.close();
    await story.emulator.close();
  });
  return story;
}
