import { beforeEach, describe, expect, it } from '@jest/globals';
import { ApiBudgetFleet } from '../../support/api-budget-fleet.js';
import type { TestLoad } from '../../support/fleet-simulation.js';

const hourMs = 3_600_000;
const patienceMs = 10 * 60_000;

describe('revalidation and the catalog', () => {
  let fleet: ApiBudgetFleet;

  beforeEach(() => {
    fleet = new ApiBudgetFleet(2);
  });

  /** Asks for a call as soon as the call before is made or given up and `pauseMs` have passed, for ever. */
  function always(instance: number, pauseMs: number, load: () => TestLoad): void {
    const asked = load();
    fleet.clock.after(patienceMs, () => asked.hangUp());
    void fleet
      .call(instance, asked)
      .then(() => fleet.clock.after(pauseMs, () => always(instance, pauseMs, load)));
  }

  function catalog(): void {
    let block = 0;
    always(0, 1_000, () => fleet.ask(`catalog-${(block += 1)}`, 'catalog', patienceMs, 'background'));
  }

  /** Filters that are polled all the time: each is refreshed when its fresh life is over. */
  function polledFilters(count: number): void {
    for (let filter = 0; filter < count; filter += 1)
      always(filter % 2, 57_000, () =>
        fleet.ask(`filter-${filter}`, 'dashboard', patienceMs, 'revalidation'),
      );
  }

  function consumers(): void {
    let asked = 0;
    for (let consumer = 0; consumer < 10; consumer += 1)
      always(consumer % 2, 0, () => fleet.ask(`cold-${(asked += 1)}`, `c${consumer}`, patienceMs));
  }

  const callsFor = (name: string) => fleet.keys.filter((key) => key.startsWith(name)).length;

  it('both get calls beside eight polled filters for six hours', async () => {
    polledFilters(8);
    catalog();
    await fleet.clock.run(6 * hourMs);
    // One call in 21 goes to the catalog, all others go to the filters.
    expect(fleet.calls.length).toBeGreaterThan(1_750);
    expect(callsFor('catalog')).toBeGreaterThanOrEqual(Math.floor(fleet.calls.length / 21));
    expect(callsFor('filter')).toBeGreaterThan(1_600);
    expect(fleet.busiest(60_000)).toBe(5);
  });

  it('both get calls while ten consumers always wait', async () => {
    consumers();
    polledFilters(8);
    catalog();
    await fleet.clock.run(hourMs);
    const floor = Math.floor(fleet.calls.length / 22) - 1;
    expect(callsFor('catalog')).toBeGreaterThanOrEqual(floor);
    expect(callsFor('filter')).toBeGreaterThanOrEqual(floor);
    expect(callsFor('cold')).toBeGreaterThanOrEqual(0.9 * fleet.calls.length);
  });

  it('leave each other the turns that the other does not need', async () => {
    catalog();
    await fleet.clock.run(hourMs);
    expect(callsFor('catalog')).toBeGreaterThan(270);
  });
});
