import { describe, expect, it } from '@jest/globals';
import type { BudgetRefused } from '../../../src/budget/budget-errors.js';
import { ApiBudgetFleet } from '../../support/api-budget-fleet.js';
import { TestLoad } from '../../support/fleet-simulation.js';

const hourMs = 3_600_000;
const tenMinutesMs = 600_000;
const mostBytes = 256 * 1024;

describe('stale keys', () => {
  function staleKeys(fleet: ApiBudgetFleet, count = 20_000): TestLoad[] {
    return Array.from({ length: count }, (_, index) =>
      fleet.ask(`stale-${index}`, `c${index % 2}`, tenMinutesMs, 'revalidation'),
    );
  }

  it('leave the account small, and a cold request gets its call at once', async () => {
    const fleet = new ApiBudgetFleet(2);
    const outcomes = staleKeys(fleet).map((load, index) => fleet.call(index % 2, load));
    await fleet.clock.run(20);
    void fleet.call(1, fleet.ask('cold', 'b'));
    await fleet.clock.run(20);
    expect(fleet.keys).toContain('cold');
    expect(fleet.ledger.largestBytes).toBeLessThan(4 * 1024);
    const dropped = outcomes.slice(-1_000);
    expect(new Set(await Promise.all(dropped))).toEqual(new Set(['budget']));
  });

  it('cost hardly any work while they wait', async () => {
    const fleet = new ApiBudgetFleet(4);
    for (const [index, load] of staleKeys(fleet).entries()) void fleet.call(index % 4, load);
    await fleet.clock.run(1_000);
    const [looks, changes, writes] = [TestLoad.looks, fleet.ledger.changes, fleet.ledger.writes];
    await fleet.clock.run(60_000);
    const callsMade = 5;
    // Each instance looks every three seconds, and each call and its end may bring all of them to look.
    expect(fleet.ledger.changes - changes).toBeLessThan(4 * (20 + 2 * callsMade));
    // The next load comes into the queue, its call is granted, and its end is recorded.
    expect(fleet.ledger.writes - writes).toBeLessThanOrEqual(3 * (callsMade + 1));
    expect(TestLoad.looks - looks).toBeLessThan(4_000);
  });

  it('do not hold up a refresh of another consumer', async () => {
    const fleet = new ApiBudgetFleet();
    for (const load of staleKeys(fleet, 1_000)) void fleet.call(0, load);
    await fleet.clock.run(1_000);
    void fleet.call(0, fleet.ask('other', 'other', tenMinutesMs, 'revalidation'));
    await fleet.clock.run(60_000);
    expect(fleet.keys).toContain('other');
  });

  it('are called one after the other until their time is over', async () => {
    const fleet = new ApiBudgetFleet();
    for (const load of staleKeys(fleet, 300)) {
      fleet.clock.after(tenMinutesMs, () => load.hangUp());
      void fleet.call(0, load);
    }
    await fleet.clock.run(hourMs);
    expect(fleet.calls).toHaveLength(50);
    const changes = fleet.ledger.changes;
    await fleet.clock.run(hourMs);
    expect(fleet.ledger.changes).toBe(changes);
  });
});

describe('a refresh that waits at home', () => {
  it('gets a place in the queue when a consumer joins it', async () => {
    const fleet = new ApiBudgetFleet();
    const loads = Array.from({ length: 10 }, (_, index) =>
      fleet.ask(`stale-${index}`, 'a', tenMinutesMs, 'revalidation'),
    );
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(100);
    loads[9]!.ask(fleet.clock, 'b', 15_000);
    await fleet.clock.run(10);
    expect(fleet.keys).toEqual(['stale-0', 'stale-9']);
  });

  it('waits there again when the consumer hangs up', async () => {
    const fleet = new ApiBudgetFleet(1, { limit: 1, windowMs: 60_000 });
    const loads = Array.from({ length: 10 }, (_, index) =>
      fleet.ask(`stale-${index}`, 'a', tenMinutesMs, 'revalidation'),
    );
    for (const load of loads) void fleet.call(0, load);
    await fleet.clock.run(100);
    const join = () => loads[9]!.ask(fleet.clock, 'b', 70_000);
    const waiting = () => fleet.ledger.accounts.get('api')!.tickets.map(({ key }) => key);
    join();
    await fleet.clock.run(100);
    expect(waiting()).toEqual(['stale-1', 'stale-9']);
    loads[9]!.leave('b');
    await fleet.clock.run(1_100);
    expect(waiting()).toEqual(['stale-1']);
    expect((await fleet.budgets[0]!.snapshot()).queue).toMatchObject({ waiting: 0, revalidation: 9 });
  });

  it('ends when another instance has the result', async () => {
    const fleet = new ApiBudgetFleet();
    const outcomes = ['a', 'b', 'c'].map((key) => {
      const load = fleet.ask(key, 'a', tenMinutesMs, 'revalidation');
      if (key === 'c') fleet.clock.after(1_000, () => load.hangUp());
      return fleet.call(0, load);
    });
    await fleet.clock.run(60_000);
    expect(fleet.keys).toEqual(['a', 'b']);
    expect(await outcomes[2]).toBe('unwanted');
  });
});

describe('an account of many instances', () => {
  const longName = 'x'.repeat(50);

  it.each([
    ['five calls in 60 s', { limit: 5, windowMs: 60_000 }],
    ['600 calls in 60 s', { limit: 600, windowMs: 60_000 }],
  ])('stays below 256 KiB at %s, whatever its consumers ask', async (_, rate) => {
    const fleet = new ApiBudgetFleet(6, rate);
    const refused: TestLoad[] = [];
    for (let wave = 0; wave < 2; wave += 1) {
      for (let index = 0; index < 2_400; index += 1) {
        const waitMs = index % 2 === 0 ? hourMs : 15_000;
        const load = fleet.ask(`k-${wave}-${index}-${longName}`, `${longName}${index % 40}`, waitMs);
        void fleet.call(index % 6, load);
        refused.push(load);
      }
      for (let index = 0; index < 300; index += 1) {
        const priority = index % 2 === 0 ? 'revalidation' : 'background';
        const load = fleet.ask(`l-${wave}-${index}`, `${longName}${index % 40}`, hourMs, priority);
        void fleet.call(index % 6, load);
      }
      await fleet.clock.run(3_000);
    }
    expect(fleet.ledger.largestBytes).toBeLessThan(mostBytes);
    const times = refused.flatMap(({ refusals }) => refusals as BudgetRefused[]);
    expect(times.length).toBeGreaterThan(4_000);
    // A single consumer comes before the crowd, and is not refused for lack of room.
    const single = fleet.ask('single', 'single', hourMs);
    void fleet.call(7, single);
    await fleet.clock.run(1_000);
    expect(single.refusals).toEqual([]);
  });
});
