// Calls to HSS that fail: repetition, the pause after failures in a row, and many faults at once.
import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../emulator/data/seeded-random.js';
import type { Fault } from '../../emulator/traffic/faults.js';
import { dayMs, untilAllIsForgotten, useFaultyHss } from '../support/faulty-hss.js';
import { faultCases, routes } from '../support/hss-faults.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { realProcess } from '../support/real-process.js';
import { startService } from '../support/service.js';
import { until } from '../support/until.js';

describe('HSS', () => {
  const story = useFaultyHss();

  describe('a call that fails', () => {
    const windowMs = 60_000;

    it('is repeated once after 503, within the retry budget, never after 4xx or 500', async () => {
      const patient = await startService({
        emulator: story.emulator,
        clock: story.clock,
        env: { HSS_RATE: '100/60s' },
      });
      let lists = 0;
      const outcomesOf = async (fault: Fault) => {
        story.emulator.journal.clear();
        story.emulator.faults.clear();
        story.emulator.faults.schedule({ ...fault, times: 1 });
        const answer = patient.get(`/v1/registry-images?name=retry-${(lists += 1)}`);
        const progress = { isDone: false };
        void answer.finally(() => (progress.isDone = true));
        await until(() => {
          // Ends a back-off of up to half a second.
          if (!progress.isDone) story.clock.advance(25);
          return progress.isDone;
        });
        const { status: answered } = await answer;
        return { answered, calls: story.emulator.journal.entries.map(({ outcome }) => outcome) };
      };
      const broken: Fault = { kind: 'status', status: 503 };
      expect(await outcomesOf(broken)).toEqual({ answered: 200, calls: [503, 200] });
      // The retry budget is a tenth of the calls: none for two calls. The repetition that is always allowed is used.
      expect(await outcomesOf(broken)).toEqual({ answered: 503, calls: [503] });
      for (const status of [400, 404, 500]) {
        story.clock.advance(windowMs);
        const refused = await outcomesOf({ kind: 'status', status });
        expect(refused.calls).toEqual([status]);
      }
      story.clock.advance(windowMs);
      // The success keeps the next failure from being the third in a row.
      expect((await patient.get('/v1/registry-images?name=fine')).status).toBe(200);
      expect(await outcomesOf(broken)).toEqual({ answered: 200, calls: [503, 200] });
      story.clock.advance(windowMs);
      expect(await outcomesOf({ kind: 'throttle' })).toEqual({ answered: 503, calls: [429] });
      await patient.close();
    });

    it('stops further calls after three failures in a row, until the back-off ends', async () => {
      const path = () => `/v1/registry-images?name=open-${(lists += 1)}`;
      let lists = 0;
      story.emulator.faults.schedule({ kind: 'status', status: 500 });
      for (let call = 0; call < 3; call += 1) expect((await story.service.get(path())).status).toBe(503);
      const refused = await story.service.get(path());
      expect(refused.body).toMatchObject({ status: 503, code: 'upstream-unavailable' });
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(5);
      expect(story.emulator.journal.entries).toHaveLength(3);
      // The other APIs work.
      story.emulator.faults.clear();
      expect((await story.service.get(`/v1/local-images?name=open`)).status).toBe(200);
      story.clock.advance(5_000);
      expect((await story.service.get(path())).status).toBe(200);
      expect((await story.service.get(path())).status).toBe(200);
    });
  });

  describe('hundreds of random faults', () => {
    const kinds: Fault[] = [
      ...faultCases.map(({ fault }) => fault).filter(({ kind }) => kind !== 'huge' && kind !== 'status'),
      { kind: 'status', status: 500 },
      { kind: 'status', status: 401 },
      { kind: 'status', status: 400, code: 'HSS.0011' },
    ];

    it('are all answered in time and leave no timers, rejections or connections', async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => void unhandled.push(reason);
      realProcess.on('unhandledRejection', note);
      const random = new SeededRandom('hundreds of faults');
      const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)] as T;
      const path = () => {
        if (random.chance(0.6)) return proxyAgent.replace('proxy-agent', `never-${random.integer(0, 9)}`);
        const route = pick(Object.values(routes));
        return route.includes('?') ? route : `${route}?name=never-${random.integer(0, 9)}`;
      };
      const idleTimers = story.clock.pendingTimers;
      const answeredWith = new Map<number, number>();
      let struck = 0;
      for (let batch = 0; struck < 300; batch += 1) {
        for (let count = 0; count < 50; count += 1)
          story.emulator.faults.schedule({ ...pick(kinds), times: 1 });
        if (batch === 3) story.emulator.faults.schedule({ kind: 'huge', times: 1 });
        // All values are stale after this time, and the rest of a refused credential is over.
        story.clock.advance(8 * dayMs);
        const answers = Promise.all(Array.from({ length: 25 }, () => story.service.get(path())));
        for (const { status: answered, headers } of await untilAnswered(answers)) {
          answeredWith.set(answered, (answeredWith.get(answered) ?? 0) + 1);
          if (answered === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        }
        struck += story.emulator.journal.entries.filter(({ fault }) => fault !== undefined).length;
        story.emulator.journal.clear();
        story.emulator.faults.clear();
      }
      expect([...answeredWith.keys()].sort()).toEqual([200, 400, 404, 502, 503]);

      story.clock.advance(untilAllIsForgotten);
      for (const route of Object.values(routes)) expect((await story.service.get(route)).status).toBe(200);
      await story.emulator.journal.settled();
      expect(story.clock.pendingTimers).toBe(idleTimers);
      expect(unhandled).toEqual([]);
      realProcess.off('unhandledRejection', note);
      // Kept alive: both ends of at most 64 connections to HSS, and both ends of the test's connections to the service.
      const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap');
      expect(sockets.length).toBeLessThan(2 * 64 + 2 * 30);
    });

    /** Moves the clock until HSS_TIMEOUT ends the calls that hang. */
    async function untilAnswered<T>(answers: Promise<T>): Promise<T> {
      const progress = { isDone: false };
      const done = answers.finally(() => (progress.isDone = true));
      for (let turn = 1; !progress.isDone; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        // In small steps: a back-off between two attempts must not use up a deadline.
        if (turn % 50 === 0) story.clock.advance(500);
      }
      return done;
    }
  });
});
