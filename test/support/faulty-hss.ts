import { beforeEach, expect } from '@jest/globals';
import { routes } from './hss-faults.js';
import { proxyAgent } from './proxy-agent.js';
import { useEmulatedService, type EmulatedService } from './use-emulated-service.js';

export const dayMs = 86_400_000;
export const hssTimeoutMs = 5_000;
/** In ms: content has just become stale. Lists are stale too, and stay in the cache for another minute. */
export const untilAllIsStale = 7 * dayMs + 1_000;
/** In ms: the cache is empty, and the rest of a refused credential is over. */
export const untilAllIsForgotten = 15 * dayMs;

export interface FaultyHss extends EmulatedService {
  /** Length of the service's log before the present test. */
  loggedBefore: number;
}

/**
 * One emulator and one service, with a still clock: a hold-off of a second does not end because the machine is slow.
 * Each test begins with an empty cache and with an HSS that answers every route.
 */
export function useFaultyHss(): FaultyHss {
  const emulated = useEmulatedService({
    emulator: { registryImages: 5, localImages: 5 },
    env: { HSS_TIMEOUT: `${hssTimeoutMs}ms` },
  });
  const story: FaultyHss = Object.assign(emulated, { loggedBefore: 0 });

  beforeEach(async () => {
    const { clock, emulator, service } = story;
    // The fault before may have left pauses, open breakers and resting credentials. The jumps of the clock end them.
    clock.advance(untilAllIsForgotten);
    expect((await service.get(proxyAgent)).status).toBe(200);
    clock.advance(untilAllIsForgotten);
    const paths = Object.values(routes);
    const answers = await Promise.all(paths.map((path) => service.get(path)));
    const seen = answers.map(({ status, body }) => [status, body.detail]);
    expect(seen).toEqual(paths.map(() => [200, undefined]));
    clock.advance(untilAllIsForgotten);
    emulator.journal.clear();
    story.loggedBefore = service.logText().length;
  });
  return story;
}
