// Strict questions to the catalog while nothing happens: the catalog is renewed before its fresh life ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, passUntil } from '../support/catalog/passing.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const stepMs = 4_000;
/** Long enough for a full walk between the deltas: walks are 15 minutes apart. */
const idleMs = 17 * 60_000;

describe('a catalog at the real rate', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ clock, registryImages: 210, localImages: 20 });
    const env = { CATALOG: 'on', HSS_RATE: '5/60s', ...longCalls };
    service = await startService({ emulator, clock, env });
    const isComplete = async () => (await service.get('/v1/catalog/status')).body.complete === true;
    await passUntil(clock, emulator, isComplete);
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it('answers every strict question in idle time, with an age below the fresh life', async () => {
    const answers: [status: number, age: number][] = [];
    const end = clock.now() + idleMs;
    let askedAt = 0;
    const ask = async () => {
      // Once after each step: the work of the step has begun and not ended.
      if (clock.now() < askedAt + stepMs) return false;
      askedAt = clock.now();
      const strict = () => service.get('/v1/images?limit=1', { Prefer: 'handling=strict' });
      // On a busy machine a delta that is under way takes longer than the step: the clock waits for it.
      let answer = await strict();
      await until(async () => answer.status === 200 || (answer = await strict()).status === 200);
      answers.push([answer.status, Number(answer.headers.get('age'))]);
      return clock.now() >= end;
    };
    await passUntil(clock, emulator, ask, { stepMs });
    expect(answers.length).toBeGreaterThan(idleMs / stepMs);
    expect(answers.filter(([status, age]) => status !== 200 || age >= 60)).toEqual([]);
  });
});
