import { describe, expect, it } from '@jest/globals';
import { aWhile } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const answerMs = 4_000;

describe('an HSS that takes longer than a consumer waits', () => {
  const edge = useEmulatedService({ env: { HSS_RATE: '3/6s', HSS_RATE_TOTAL: '3/6s' } });
  const list = (name: string, wait: number) =>
    edge.service.get(`/v1/registry-images?name=${name}`, { Prefer: `wait=${wait}` });

  /** Time passes in steps. HSS answers the calls of a step when `answerMs` have passed. */
  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < 2 * seconds; step += 1) {
      edge.clock.advance(500);
      await aWhile(10);
      const isAnswered = edge.emulator.journal.entries.every(
        ({ finishedAtMs }) => finishedAtMs !== undefined,
      );
      waitedMs = isAnswered ? 0 : waitedMs + 500;
      if (waitedMs > answerMs) edge.emulator.endDelays();
    }
  }
  let waitedMs = 0;

  it.each([0, 1])('is waited for in the Retry-After of one that waits %d s', async (wait) => {
    // The first call of a service is made alone.
    expect((await list(`first-${wait}`, 15)).status).toBe(200);
    await pass(8);
    edge.emulator.journal.clear();
    edge.emulator.faults.schedule({ kind: 'latency', ms: 3_600_000 });
    // The service learns how long HSS takes.
    for (const round of [1, 2, 3]) {
      const patient = [1, 2, 3].map((index) => list(`${wait}-${round}-${index}`, 15));
      await edge.emulator.journal.arrivals(3 * round);
      await pass(5);
      expect((await Promise.all(patient)).map(({ status }) => status)).toEqual(Array(3).fill(200));
      if (round < 3) await pass(8);
    }
    const refused = await list(`late-${wait}`, wait);
    expect(refused.status).toBe(503);
    await pass(Number(refused.headers.get('retry-after')));
    const again = list(`late-${wait}`, wait);
    await pass(wait + 1);
    expect((await again).status).toBe(200);
    expect(edge.emulator.journal.calls('ListRegistryImages')).toHaveLength(10);
    edge.emulator.faults.clear();
    await pass(8);
  });
});
