// How fresh an answer must be: request headers Cache-Control and Prefer.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

/** Latency of a call that is still under way after several requests, on any machine. */
const longMs = 2_000;

describe('freshness', () => {
  const edge = useEmulatedService();

  describe('request Cache-Control', () => {
    /** Each test has a list of its own. */
    let path: string;
    let number = 0;

    beforeEach(async () => {
      path = `/v1/registry-images?limit=1&name=none-${(number += 1)}`;
      expect((await edge.service.get(path)).status).toBe(200);
      edge.emulator.journal.clear();
    });

    const ask = async (directives: string) => {
      const answer = await edge.service.get(path, { 'Cache-Control': directives });
      return { ...answer, calls: edge.emulator.journal.calls().length };
    };

    it('may be absent: every answer tells its age', async () => {
      edge.clock.advance(7_000);
      const answer = await edge.service.get(path);
      expect(answer.headers.get('age')).toBe('7');
      expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
      expect(answer.headers.get('cache-status')).toBe('hss-bff; hit; ttl=53');
    });

    it('may be absent: stale values are served at once and refreshed in the background', async () => {
      edge.clock.advance(61_000);
      edge.emulator.faults.schedule({ kind: 'latency', ms: 3_600_000, times: 1 });
      for (let asked = 0; asked < 3; asked += 1) {
        const { headers } = await edge.service.get(path);
        expect(headers.get('cache-status')).toBe('hss-bff; hit; ttl=-1');
        expect(headers.get('age')).toBe('61');
      }
      await edge.emulator.journal.arrivals(1);
      edge.emulator.endDelays();
      await until(async () => (await edge.service.get(path)).headers.get('age') === '0');
      expect((await edge.service.get(path)).headers.get('cache-status')).toBe('hss-bff; hit; ttl=60');
      expect(edge.emulator.journal.calls()).toHaveLength(1);
    });

    it.each(['no-cache', 'max-age=0', 'No-Cache', 'max-age="0"', 'no-store', 'no-cache, no-store'])(
      '%s asks nobody but this service, and the answer says so',
      async (directives) => {
        edge.clock.advance(50_000);
        const answer = await ask(directives);
        expect(answer).toMatchObject({ status: 200, calls: 0 });
        expect(answer.headers.get('cache-status')).toBe('hss-bff; hit; ttl=10; detail=ignored');
        const same = { 'If-None-Match': answer.headers.get('etag')!, 'Cache-Control': directives };
        const unchanged = await edge.service.get(path, same);
        expect([unchanged.status, unchanged.headers.get('age')]).toEqual([304, '50']);
      },
    );

    it.each(['max-age=5', 'max-age=1', 'MAX-AGE=5'])(
      '%s is satisfied by a value under ten seconds old',
      async (directives) => {
        edge.clock.advance(9_000);
        expect(await ask(directives)).toMatchObject({ status: 200, calls: 0 });
      },
    );

    it.each(['max-age=5', 'no-cache, max-age=5', 'foo, max-age=11, bar=1'])(
      '%s is answered by HSS when the value is older',
      async (directives) => {
        edge.clock.advance(12_000);
        const answer = await ask(directives);
        expect(answer).toMatchObject({ status: 200, calls: 1 });
        expect(answer.headers.get('age')).toBe('0');
        expect(answer.headers.get('cache-status')).toMatch(/^hss-bff; fwd=request; stored; ttl=60/);
      },
    );

    it('max-age=N is satisfied by a value that is no older', async () => {
      edge.clock.advance(29_000);
      expect(await ask('max-age=30')).toMatchObject({ status: 200, calls: 0 });
    });

    it.each(['max-age=10', 'max-age=1'])(
      '%s fails when HSS throttles, instead of returning an old value',
      async (directives) => {
        edge.clock.advance(20_000);
        edge.emulator.faults.schedule({ kind: 'throttle', retryAfter: '7', times: 1 });
        const answer = await ask(directives);
        expectProblem(answer, { status: 503, code: 'upstream-throttled' });
        expect(answer.headers.get('retry-after')).toBe('7');
        expect(answer.calls).toBe(1);
        edge.clock.advance(7_000);
      },
    );

    it('max-stale=N accepts a value up to N seconds stale, without asking HSS', async () => {
      edge.clock.advance(90_000);
      const answer = await ask('max-stale=40');
      expect(answer).toMatchObject({ status: 200, calls: 0 });
      expect(answer.headers.get('cache-status')).toBe('hss-bff; hit; ttl=-30');
      expect(answer.headers.get('age')).toBe('90');
      expect(await ask('max-stale')).toMatchObject({ status: 200, calls: 0 });
      const asked = await ask('max-stale=20');
      expect(asked).toMatchObject({ status: 200, calls: 1 });
      expect(asked.headers.get('cache-status')).toBe('hss-bff; fwd=stale; stored; ttl=60');
    });

    it('only-if-cached never asks HSS', async () => {
      expect(await ask('only-if-cached')).toMatchObject({ status: 200, calls: 0 });
      edge.clock.advance(61_000);
      expectProblem(await ask('only-if-cached'), { status: 504, code: 'not-cached' });
      expect(await ask('only-if-cached, max-stale=60')).toMatchObject({ status: 200, calls: 0 });
      const cold = await edge.service.get(`${path}-cold`, { 'Cache-Control': 'only-if-cached' });
      expectProblem(cold, { status: 504, code: 'not-cached' });
      expect(edge.emulator.journal.calls()).toEqual([]);
    });

    it.each(['max-age=x', 'max-age=-1', 'max-age', 'max-age=', 'nonsense', ',,=,;'])(
      'is ignored when it is malformed: %s',
      async (directives) => {
        edge.clock.advance(30_000);
        expect(await ask(directives)).toMatchObject({ status: 200, calls: 0 });
      },
    );

    it('gets a stale value, marked in Cache-Status, when HSS fails', async () => {
      edge.clock.advance(61_000);
      edge.emulator.faults.schedule({ kind: 'status', status: 500, times: 1 });
      const answer = await ask('max-stale=0');
      expect(answer).toMatchObject({ status: 200, calls: 1 });
      expect(answer.headers.get('cache-status')).toBe('hss-bff; fwd=stale; ttl=-1');
      // The service does not ask HSS again for a moment after the failure.
      const again = await ask('max-stale=0');
      expect(again).toMatchObject({ status: 200, calls: 1 });
      expect(again.headers.get('cache-status')).toBe('hss-bff; hit; ttl=-1');
    });

    it('gets a Cache-Status that tells which requests shared a call', async () => {
      edge.clock.advance(61_000);
      edge.emulator.faults.schedule({ kind: 'latency', ms: longMs, times: 1 });
      const first = ask('max-stale=0');
      await edge.emulator.journal.arrivals(1);
      const others = await Promise.all([ask('max-stale=0'), ask('max-stale=0')]);
      expect((await first).headers.get('cache-status')).toBe('hss-bff; fwd=stale; stored; ttl=60');
      for (const { headers } of others)
        expect(headers.get('cache-status')).toBe('hss-bff; fwd=stale; collapsed; stored; ttl=60');
      expect(edge.emulator.journal.calls()).toHaveLength(1);
    });
  });

  describe('Prefer', () => {
    it('wait=N shortens the deadline', async () => {
      edge.emulator.faults.schedule({ kind: 'hang' });
      const asked = edge.service.get('/v1/local-images?name=hanging', { Prefer: 'wait=3' });
      await edge.emulator.journal.arrivals(1);
      edge.clock.advance(3_000);
      expectProblem(await asked, { status: 504, code: 'deadline-exceeded' });
    });

    it('handling=strict is confirmed', async () => {
      const path = `/v1/images/${proxyAgentId}?${proxyAgentQuery}`;
      const strict = await edge.service.get(path, { Prefer: 'handling=strict; foo, wait=10' });
      expect(strict.status).toBe(200);
      expect(strict.headers.get('preference-applied')).toBe('handling=strict');
      const usual = await edge.service.get(path, { Prefer: 'handling=lenient' });
      expect(usual.headers.get('preference-applied')).toBeNull();
    });

    it('handling=strict gets the problem instead of a stale list', async () => {
      const path = '/v1/registry-images?name=strict';
      await edge.service.get(path);
      edge.clock.advance(61_000);
      edge.emulator.faults.schedule({ kind: 'status', status: 500 });
      expect((await edge.service.get(path)).status).toBe(200);
      const strict = await edge.service.get(path, { Prefer: 'handling=strict' });
      expectProblem(strict, { status: 503, code: 'upstream-unavailable' });
      expect(strict.headers.get('preference-applied')).toBe('handling=strict');
    });
  });
});
