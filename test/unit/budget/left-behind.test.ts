import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BudgetRefused } from '../../../src/budget/budget-errors.js';
import { ApiBudgetFleet } from '../../support/api-budget-fleet.js';
import type { TestLoad } from '../../support/fleet-simulation.js';

const servesForMs = 54_000;
const answered = { kind: 'answered' } as const;

describe('the call for a consumer that was told to come back', () => {
  let fleet: ApiBudgetFleet;
  let refused: TestLoad[];

  /** Twelve consumers ask at once. Five calls are possible at once, so seven consumers are told to come back. */
  beforeEach(async () => {
    fleet = new ApiBudgetFleet();
    const loads = Array.from({ length: 12 }, (_, index) => fleet.ask(`k${index}`, `c${index}`));
    for (const load of loads) {
      load.servesForMs = servesForMs;
      void fleet.call(0, load);
    }
    await fleet.clock.run(100);
    refused = loads.filter(({ refusals }) => refusals.length > 0);
  });

  const promised = ({ refusals: [error] }: TestLoad) => (error as BudgetRefused).retryAt;
  const calledAt = ({ key }: TestLoad) => fleet.calls.find((call) => call.key === key)?.at ?? Infinity;

  it('is made in time, and so late that its answer is still fresh', async () => {
    await fleet.clock.run(200_000);
    expect(refused).toHaveLength(7);
    for (const load of refused) {
      expect(calledAt(load)).toBeLessThanOrEqual(promised(load) + 2_000);
      expect(calledAt(load)).toBeGreaterThan(promised(load) - servesForMs);
    }
    expect(fleet.budgets[0]!.counts).toEqual({
      ...{ granted: 12, promised: 7, kept: 7, broken: 0 },
      refused: { budget: 7, breaker: 0 },
    });
  });

  it('keeps its time, and is counted once, when the consumer comes back too early', async () => {
    const [early] = refused as [TestLoad];
    early.ask(fleet.clock, 'early', 1_000);
    await fleet.clock.run(100);
    expect(early.refusals).toHaveLength(2);
    expect((early.refusals[1] as BudgetRefused).retryAt).toBe(promised(early));
    expect(fleet.budgets[0]!.counts).toMatchObject({ promised: 7, refused: { budget: 8 } });
  });

  it('is not made when the consumer has not come back within a minute', async () => {
    fleet.ledger.accounts.get('api')!.pausedUntil = fleet.clock.now() + 190_000;
    const returning = refused[0]!;
    fleet.clock.after(promised(returning) - fleet.clock.now(), () =>
      returning.ask(fleet.clock, 'returning', 300_000),
    );
    await fleet.clock.run(600_000);
    expect(refused.map((load) => calledAt(load) < Infinity)).toEqual([
      true,
      ...Array<boolean>(6).fill(false),
    ]);
    expect(fleet.budgets[0]!.counts).toMatchObject({ promised: 7, kept: 0, broken: 1 });
  });

  it('is told when its answer is there, however slow HSS is', async () => {
    const slow = new ApiBudgetFleet();
    for (let index = 0; index < 5; index += 1)
      void slow.call(0, slow.ask(`k${index}`, `c${index}`), answered, 4_000);
    await slow.clock.run(5_000);
    slow.ledger.accounts.get('api')!.callMs = 4_000;
    const load = slow.ask('late', 'impatient', 1_000);
    void slow.call(0, load, answered, 4_000);
    await slow.clock.run(100);
    const at = promised(load);
    await slow.clock.run(100_000);
    // The call's answer came within the second for which the consumer waits when it comes back.
    const called = slow.calls.find(({ key }) => key === 'late')!;
    expect(called.at + 4_000).toBeLessThanOrEqual(at + 1_000);
    expect(called.at + 4_000).toBeGreaterThan(at - 5_000);
  });
});
