import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BudgetRefused } from '../../../src/budget/budget-errors.js';
import { ApiBudgetFleet } from '../../support/api-budget-fleet.js';

describe('the queue of an API budget', () => {
  let fleet: ApiBudgetFleet;

  beforeEach(() => {
    fleet = new ApiBudgetFleet();
  });

  it('grants the whole limit at once, and nothing more until the window is over', async () => {
    for (let index = 0; index < 7; index += 1) void fleet.call(0, fleet.ask(`k${index}`, 'a', 70_000));
    await fleet.clock.run(60_000);
    expect(fleet.calls).toHaveLength(5);
    await fleet.clock.run(1_000);
    expect(fleet.calls).toHaveLength(7);
    expect(fleet.busiest(60_000)).toBeLessThanOrEqual(5);
  });

  it('refuses late calls at once with different times, and makes them later', async () => {
    const loads = Array.from({ length: 12 }, (_, index) => fleet.ask(`k${index}`));
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(100);
    const times = loads.flatMap(({ refusals }) => refusals.map((error) => (error as BudgetRefused).retryAt));
    expect(times).toHaveLength(7);
    expect(new Set(times.map((at) => Math.round((at - fleet.clock.now()) / 60_000)))).toEqual(
      new Set([1, 2, 3]),
    );
    // No other load wants the later turns, so the work is done before its time.
    await fleet.clock.run(130_000);
    expect(fleet.keys).toEqual(loads.map(({ key }) => key));
  });

  it('serves a waiting consumer before work that was left behind', async () => {
    for (let index = 0; index < 8; index += 1) void fleet.call(0, fleet.ask(`k${index}`));
    await fleet.clock.run(50_000);
    void fleet.call(0, fleet.ask('late', 'b'));
    await fleet.clock.run(11_000);
    expect(fleet.keys.slice(5, 7)).toContain('late');
    expect(fleet.calls).toHaveLength(9);
  });

  it('keeps the place of a consumer that comes back', async () => {
    const loads = Array.from({ length: 10 }, (_, index) => fleet.ask(`k${index}`));
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(59_900);
    for (let index = 0; index < 5; index += 1) void fleet.call(0, fleet.ask(`new${index}`, `c${index}`));
    loads[6]!.ask(fleet.clock, 'a', 15_000);
    await fleet.clock.run(1_500);
    expect(fleet.keys).toContain('k6');
  });

  it('keeps turns free for others when one consumer left much work behind', async () => {
    for (let index = 0; index < 1_000; index += 1) void fleet.call(0, fleet.ask(`g${index}`, 'greedy'));
    await fleet.clock.run(50_000);
    for (let minute = 0; minute < 3; minute += 1) {
      void fleet.call(0, fleet.ask(`single-${minute}`, 'modest'));
      await fleet.clock.run(15_000);
      expect(fleet.keys).toContain(`single-${minute}`);
      await fleet.clock.run(45_000);
    }
    expect(fleet.calls).toHaveLength(20);
  });

  it('names different times for work that the queue does not keep', async () => {
    const loads = Array.from({ length: 100 }, (_, index) => fleet.ask(`g${index}`, 'greedy'));
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(100);
    const times = loads.flatMap(({ refusals }) => refusals.map((error) => (error as BudgetRefused).retryAt));
    const perMinute = times.map((at) => times.filter((other) => Math.abs(other - at) < 30_000).length);
    expect(times).toHaveLength(95);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(5 + 3);
  });

  it('lets another instance take over a place', async () => {
    fleet = new ApiBudgetFleet(2);
    const loads = Array.from({ length: 8 }, (_, index) => fleet.ask(`k${index}`));
    const results = loads.map((load) => fleet.call(0, load));
    await fleet.clock.run(55_000);
    void fleet.call(1, fleet.ask('k6', 'a', 15_000));
    await fleet.clock.run(10_000);
    expect(fleet.calls.filter(({ key }) => key === 'k6')).toHaveLength(1);
    expect(await results[6]).toBe('unwanted');
  });

  it('gives the place of a caller that hangs up to the next caller', async () => {
    for (let index = 0; index < 5; index += 1) void fleet.call(0, fleet.ask(`k${index}`));
    await fleet.clock.run(50_000);
    const first = fleet.ask('first');
    const gone = fleet.call(0, first);
    await fleet.clock.run(10);
    first.hangUp();
    await fleet.clock.run(10);
    expect(await gone).toBe('unwanted');
    void fleet.call(0, fleet.ask('second'));
    await fleet.clock.run(11_000);
    expect(fleet.keys).not.toContain('first');
    expect(fleet.keys).toContain('second');
  });

  it('serves a modest consumer soon after a greedy consumer asked for much', async () => {
    for (let index = 0; index < 1_000; index += 1)
      void fleet.call(0, fleet.ask(`g${index}`, 'greedy', 600_000));
    await fleet.clock.run(30_000);
    void fleet.call(0, fleet.ask('single', 'modest', 40_000));
    await fleet.clock.run(31_000);
    expect(fleet.keys.slice(5, 7)).toContain('single');
  });

  it("paces background calls and keeps them away from consumers' calls", async () => {
    for (let index = 0; index < 20; index += 1)
      void fleet.call(0, fleet.ask(`b${index}`, '', 900_000, 'background'));
    await fleet.clock.run(60_000);
    const gaps = fleet.calls.slice(1).map(({ at }, index) => at - fleet.calls[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(12_000);
    expect(fleet.calls.length).toBeGreaterThanOrEqual(4);
    void fleet.call(0, fleet.ask('consumer'));
    await fleet.clock.run(13_000);
    expect(fleet.keys).toContain('consumer');
  });

  it('makes a background call even while consumers always wait', async () => {
    void fleet.call(0, fleet.ask('b', '', 3_600_000, 'background'));
    for (let index = 0; index < 40; index += 1) void fleet.call(0, fleet.ask(`k${index}`, 'a', 3_600_000));
    await fleet.clock.run(6 * 60_000);
    expect(fleet.keys).toContain('b');
  });

  it('makes one call at a time for one key on all instances', async () => {
    fleet = new ApiBudgetFleet(3);
    const loads = fleet.budgets.map(() => fleet.ask('same'));
    loads.forEach((load, instance) => void fleet.call(instance, load, { kind: 'answered' }, 2_000));
    await fleet.clock.run(1_900);
    expect(fleet.calls).toHaveLength(1);
    // The result is told meanwhile: the others need no call any more.
    loads.slice(1).forEach((load) => load.hangUp());
    await fleet.clock.run(30_000);
    expect(fleet.calls).toHaveLength(1);
  });

  it('calls for a key again when the calling instance is lost', async () => {
    fleet = new ApiBudgetFleet(2);
    void fleet.call(0, fleet.ask('same'), { kind: 'answered' }, 1e9);
    await fleet.clock.run(100);
    void fleet.call(1, fleet.ask('same'));
    await fleet.clock.run(5_000);
    expect(fleet.calls).toHaveLength(1);
    fleet.names.shift();
    await fleet.clock.run(1_100);
    expect(fleet.calls).toHaveLength(2);
  });

  it('refuses waiting and new loads when it is closed', async () => {
    for (let index = 0; index < 5; index += 1) void fleet.call(0, fleet.ask(`k${index}`));
    const waiting = fleet.call(0, fleet.ask('waiting', 'a', 70_000));
    await fleet.clock.run(100);
    void fleet.budgets[0]!.close();
    expect(await waiting).toBe('budget');
    expect(await fleet.call(0, fleet.ask('late'))).toBe('budget');
    expect(fleet.calls).toHaveLength(5);
  });

  it('does not count refused work against the consumer later', async () => {
    for (let index = 0; index < 300; index += 1) void fleet.call(0, fleet.ask(`g${index}`, 'burst'));
    await fleet.clock.run(12 * 60_000);
    for (let index = 0; index < 100; index += 1) {
      void fleet.call(0, fleet.ask(`b${index}`, 'busy', 3_600_000));
      void fleet.call(0, fleet.ask(`c${index}`, 'busier', 3_600_000));
    }
    const before = fleet.calls.length;
    void fleet.call(0, fleet.ask('single', 'burst', 3_600_000));
    await fleet.clock.run(130_000);
    expect(fleet.calls.slice(before, before + 8).map(({ key }) => key)).toContain('single');
  });

  it('serves a load early when a modest consumer joins a greedy consumer', async () => {
    const loads = Array.from({ length: 100 }, (_, index) => fleet.ask(`g${index}`, 'greedy', 3_600_000));
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(100);
    loads[60]!.ask(fleet.clock, 'modest', 3_600_000);
    await fleet.clock.run(61_000);
    expect(fleet.keys).toContain('g60');
  });

  it('makes one call for a key that two instances want', async () => {
    fleet = new ApiBudgetFleet(2);
    const second = fleet.ask('same', 'b');
    void fleet.call(0, fleet.ask('same', 'a'), { kind: 'answered' }, 2_000);
    await fleet.clock.run(1);
    void fleet.call(1, second);
    await fleet.clock.run(1_900);
    expect(fleet.calls).toHaveLength(1);
    second.hangUp();
    await fleet.clock.run(5_000);
    expect(fleet.calls).toHaveLength(1);
  });
});
