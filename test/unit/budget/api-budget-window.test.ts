import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import type { Grant } from '../../../src/budget/grant.js';
import type { CallOutcome } from '../../../src/budget/call-outcome.js';
import { ApiBudgetFleet, mostIn } from '../../support/api-budget-fleet.js';

const windowMs = 10_000;

const someRequest = fc.record({
  atMs: fc.nat(120_000),
  instance: fc.nat(2),
  consumer: fc.constantFrom('a', 'b', 'c'),
  waitMs: fc.integer({ min: 0, max: 60_000 }),
  hangsUp: fc.boolean(),
  tookMs: fc.integer({ min: 0, max: 9_000 }),
  outcome: fc.constantFrom<CallOutcome>(
    { kind: 'answered' },
    { kind: 'answered' },
    { kind: 'failed', wantsRetry: false, isAnswered: true },
    { kind: 'failed', wantsRetry: false, isAnswered: false },
    { kind: 'unknown' },
    { kind: 'unused' },
    { kind: 'throttled', pauseMs: 3_000, named: null },
  ),
  arrivesAtOnce: fc.boolean(),
});
type SomeRequest = typeof someRequest extends fc.Arbitrary<infer T> ? T : never;

describe('the calls of an API budget', () => {
  it('never exceed the limit in any window, for random requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someRequest, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (requests, limit) => {
          const fleet = new ApiBudgetFleet(3, { limit, windowMs });
          const arrivals: number[] = [];
          for (const request of requests)
            fleet.clock.after(request.atMs, () => void make(request, fleet, arrivals));
          await fleet.clock.run(300_000);
          expect(mostIn(arrivals, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 60 },
    );
  });
});

async function make(request: SomeRequest, fleet: ApiBudgetFleet, arrivals: number[]): Promise<void> {
  const { atMs, instance, consumer, waitMs, hangsUp } = request;
  const load = fleet.ask(`${atMs}`, consumer, waitMs);
  if (hangsUp) fleet.clock.after(waitMs / 2, () => load.hangUp());
  const grant = await fleet.budgets[instance]!.acquire(load).catch(() => undefined);
  if (grant) send(grant, request, fleet, arrivals);
}

/**
 * A call can arrive at any moment while it is under way. A call given up without an answer can arrive for as long
 * again. The test takes the two extremes.
 */
function send(grant: Grant, request: SomeRequest, { clock }: ApiBudgetFleet, arrivals: number[]): void {
  const { tookMs, outcome, arrivesAtOnce } = request;
  if (outcome.kind === 'unused') {
    void grant.finish(outcome);
    return;
  }
  const isGivenUp = outcome.kind === 'failed' && !outcome.isAnswered;
  const latestMs = isGivenUp ? 2 * tookMs : tookMs;
  clock.after(arrivesAtOnce ? 0 : latestMs, () => arrivals.push(clock.now()));
  clock.after(tookMs, () => void grant.finish(outcome));
}
