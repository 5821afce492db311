// When a consumer that the catalog is too old for comes back at the time of Retry-After.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, pass, passUntil } from '../support/catalog/passing.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const second = 1_000;
const minute = 60 * second;

describe('a consumer of the catalog that follows Retry-After', () => {
  let clock: TestClock;
  let emulator: Emulator;
  let service: TestService;

  beforeEach(async () => {
    clock = TestClock.still();
    emulator = await startEmulator({ clock, registryImages: 450, localImages: 250 });
    const env = { CATALOG: 'on', HSS_RATE: '5/60s', ...longCalls };
    service = await startService({ emulator, clock, env });
    const isComplete = async () => (await service.get('/v1/catalog/status')).body.complete === true;
    await passUntil(clock, emulator, isComplete, { stepMs: second });
  });

  afterEach(async () => {
    await service.close();
    await emulator.close();
  });

  it.each(['max-age=1', 'max-age=15', 'max-age=20', 'max-age=30', 'max-age=45'])(
    'is answered at its first try: %s',
    async (directive) => {
      const ask = () => service.get('/v1/images?limit=1', { 'Cache-Control': directive });
      const refused = async () => (await ask()).status === 503;
      for (let round = 0; round < 3; round += 1) {
        await passUntil(clock, emulator, refused, { stepMs: 7 * second });
        const waitMs = Number((await ask()).headers.get('retry-after')) * second;
        expect(waitMs).toBeLessThan(minute);
        await pass(clock, emulator, waitMs, second);
        // The clock stands still: what the machine takes to apply the last step is no time here.
        await until(async () => !(await refused()));
        await pass(clock, emulator, minute, second);
      }
    },
  );
});
