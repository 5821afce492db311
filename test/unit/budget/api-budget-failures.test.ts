import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '../../../src/budget/call-outcome.js';
import { ApiBudgetFleet } from '../../support/api-budget-fleet.js';

const failed: CallOutcome = { kind: 'failed', wantsRetry: false, isAnswered: true };

describe('an API budget after a failure', () => {
  let fleet: ApiBudgetFleet;

  beforeEach(() => {
    fleet = new ApiBudgetFleet();
  });

  it('stops after a 429 for exactly the time that HSS named', async () => {
    void fleet.call(0, fleet.ask('k0'), { kind: 'throttled', pauseMs: 10_000, named: null });
    await fleet.clock.run(100);
    void fleet.call(0, fleet.ask('k1'));
    await fleet.clock.run(9_800);
    expect(fleet.calls).toHaveLength(1);
    await fleet.clock.run(300);
    expect(fleet.calls).toHaveLength(2);
  });

  it('removes a granted slot when the reply with the grant was lost', async () => {
    fleet.ledger.losesReply = true;
    void fleet.call(0, fleet.ask('same'));
    await fleet.clock.run(100);
    fleet.ledger.losesReply = false;
    expect(fleet.calls).toHaveLength(1);
    void fleet.call(0, fleet.ask('same'));
    await fleet.clock.run(1_000);
    expect(fleet.calls).toHaveLength(2);
    // No caller heard of the lost grant, so no call was sent with it.
    expect(fleet.ledger.accounts.get('api')?.slots).toHaveLength(2);
  });

  it('learns a lower limit that HSS names', async () => {
    void fleet.call(0, fleet.ask('k0'), {
      kind: 'throttled',
      pauseMs: 1_000,
      named: { limit: 2, windowMs: 60_000 },
    });
    await fleet.clock.run(1_100);
    for (let index = 1; index < 5; index += 1) void fleet.call(0, fleet.ask(`k${index}`, 'a', 58_000));
    await fleet.clock.run(30_000);
    expect(fleet.calls).toHaveLength(2);
  });

  it('keeps its own limit besides a lower limit for a longer window', async () => {
    const named = { limit: 200, windowMs: 3_600_000 };
    void fleet.call(0, fleet.ask('k0'), { kind: 'throttled', pauseMs: 1_000, named });
    await fleet.clock.run(1_100);
    for (let index = 1; index < 60; index += 1) void fleet.call(0, fleet.ask(`k${index}`, 'a', 58_000));
    await fleet.clock.run(58_000);
    expect(fleet.busiest(60_000)).toBe(5);
  });

  it('takes a grant back after a 429 to another call', async () => {
    const [first, second] = await Promise.all([
      fleet.budgets[0]!.acquire(fleet.ask('k0')),
      fleet.budgets[0]!.acquire(fleet.ask('k1')),
    ]);
    expect(await second.mayStill()).toBe(true);
    void first.finish({ kind: 'throttled', pauseMs: 5_000, named: null });
    expect(await second.mayStill()).toBe(false);
    void second.finish({ kind: 'unused' });
    await fleet.clock.run(10);
    expect(fleet.ledger.accounts.get('api')?.slots).toHaveLength(1);
  });

  it('takes a grant back after a 429 to another instance', async () => {
    fleet = new ApiBudgetFleet(2);
    const [first, second] = await Promise.all([
      fleet.budgets[0]!.acquire(fleet.ask('k0')),
      fleet.budgets[1]!.acquire(fleet.ask('k1')),
    ]);
    void first.finish({ kind: 'throttled', pauseMs: 5_000, named: null });
    await fleet.clock.run(300);
    expect(await second.mayStill()).toBe(false);
  });

  it('takes a grant back that is too old to be sent', async () => {
    const grant = await fleet.budgets[0]!.acquire(fleet.ask('k0'));
    await fleet.clock.run(15_100);
    expect(await grant.mayStill()).toBe(false);
  });

  it('keeps work left behind while the breaker is open', async () => {
    for (let index = 0; index < 8; index += 1) void fleet.call(0, fleet.ask(`k${index}`));
    await fleet.clock.run(1_000);
    const account = fleet.ledger.accounts.get('api')!;
    account.breaker = {
      failures: { i0: 3 },
      openUntil: fleet.clock.now() + 5_000,
      only: null,
      backoffMs: 5_000,
      trial: null,
    };
    await fleet.clock.run(70_000);
    expect(fleet.keys).toEqual(expect.arrayContaining(['k5', 'k6', 'k7']));
  });

  it('opens the breaker after three failures and closes it after a successful trial', async () => {
    for (let index = 0; index < 3; index += 1) {
      void fleet.call(0, fleet.ask(`f${index}`), failed);
      await fleet.clock.run(100);
    }
    expect(await fleet.call(0, fleet.ask('x'))).toBe('breaker');
    await fleet.clock.run(5_000);
    const trials = [fleet.call(0, fleet.ask('t0')), fleet.call(0, fleet.ask('t1'))];
    await fleet.clock.run(0);
    expect(fleet.calls).toHaveLength(4);
    await fleet.clock.run(1_000);
    expect(await Promise.all(trials)).toEqual(['called', 'called']);
  });

  it('opens the breaker for one instance alone when only that instance fails', async () => {
    fleet = new ApiBudgetFleet(2);
    for (let index = 0; index < 4; index += 1) {
      void fleet.call(0, fleet.ask(`f${index}`), failed);
      await fleet.clock.run(100);
    }
    void fleet.call(1, fleet.ask('fine'));
    await fleet.clock.run(100);
    expect(fleet.keys).toContain('fine');
  });

  it("opens the breaker for one instance alone after a lost instance's failures", async () => {
    fleet = new ApiBudgetFleet(3, { limit: 20, windowMs: 60_000 });
    for (const instance of [0, 0, 1, 1, 1]) {
      if (instance === 1) fleet.names = ['i1', 'i2'];
      void fleet.call(instance, fleet.ask(`f${fleet.calls.length}`), failed);
      await fleet.clock.run(100);
    }
    void fleet.call(2, fleet.ask('fine'));
    await fleet.clock.run(100);
    expect(fleet.keys).toContain('fine');
  });

  it('answers every ended call and every waiting load when the ledger fails', async () => {
    const grant = await fleet.budgets[0]!.acquire(fleet.ask('k0'));
    fleet.ledger.failsWith = new Error('broken');
    const waiting = fleet.call(0, fleet.ask('k1'));
    let repeats: boolean | undefined;
    void grant.finish({ kind: 'failed', wantsRetry: true, isAnswered: true }).then((may) => (repeats = may));
    await fleet.clock.run(10);
    expect(repeats).toBe(false);
    expect(await waiting).toBe('Error: broken');
    // The end of the call is recorded as soon as the ledger works again.
    fleet.ledger.failsWith = undefined;
    void fleet.call(0, fleet.ask('k2'));
    await fleet.clock.run(10);
    expect(fleet.ledger.accounts.get('api')?.breaker.failures).toEqual({ i0: 1 });
  });

  it('keeps the breaker to one instance after a single failure of another', async () => {
    fleet = new ApiBudgetFleet(2);
    for (let index = 0; index < 4; index += 1) {
      void fleet.call(0, fleet.ask(`f${index}`), failed);
      await fleet.clock.run(100);
    }
    void fleet.call(1, fleet.ask('one'), failed);
    await fleet.clock.run(100);
    expect(fleet.ledger.accounts.get('api')?.breaker.only).toBe('i0');
  });

  it('makes another trial when the instance with the trial is lost', async () => {
    fleet = new ApiBudgetFleet(2, { limit: 10, windowMs: 60_000 });
    for (const instance of [0, 1, 0, 1]) {
      void fleet.call(instance, fleet.ask(`f${fleet.calls.length}`), failed);
      await fleet.clock.run(100);
    }
    await fleet.clock.run(5_000);
    await fleet.budgets[0]!.acquire(fleet.ask('trial'));
    fleet.names = ['i1'];
    void fleet.call(1, fleet.ask('next'));
    await fleet.clock.run(1_000);
    expect(fleet.keys).toContain('next');
  });

  it.each([
    ['for twice its duration if it was given up', false, 4_000],
    ['from its end if HSS answered', true, 0],
  ])('counts a failed call %s', async (_, isAnswered, addedMs) => {
    fleet = new ApiBudgetFleet(1, { limit: 1, windowMs: 60_000 });
    void fleet.call(0, fleet.ask('given up'), { kind: 'failed', wantsRetry: false, isAnswered }, 4_000);
    await fleet.clock.run(5_000);
    void fleet.call(0, fleet.ask('next', 'a', 70_000));
    await fleet.clock.run(59_000 + addedMs - 100);
    expect(fleet.calls).toHaveLength(1);
    await fleet.clock.run(200);
    expect(fleet.calls).toHaveLength(2);
  });

  it('calls for a key again soon after giving up a call for it', async () => {
    void fleet.call(0, fleet.ask('same'), { kind: 'failed', wantsRetry: false, isAnswered: false }, 10_000);
    await fleet.clock.run(10_400);
    void fleet.call(0, fleet.ask('same'));
    await fleet.clock.run(50);
    expect(fleet.calls).toHaveLength(1);
    await fleet.clock.run(1_500);
    expect(fleet.calls).toHaveLength(2);
  });
});
