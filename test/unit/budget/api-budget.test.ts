import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiBudget } from '../../../src/budget/api-budget.js';
import type { CallOutcome } from '../../../src/budget/call-outcome.js';
import { BudgetRefused, Unwanted } from '../../../src/budget/budget-errors.js';
import { SharedLedger, TestLoad, VirtualClock } from '../../support/fleet-simulation.js';

const limit = { limit: 5, windowMs: 60_000 };
const answered: CallOutcome = { kind: 'answered' };

describe('a lane of the call budget', () => {
  let clock: VirtualClock;
  let names: string[];
  let ledger: SharedLedger;
  let calls: { at: number; key: string }[];
  let lanes: ApiBudget[];

  beforeEach(() => setUp(1));

  function setUp(instances: number, rate = limit) {
    clock = new VirtualClock();
    names = Array.from({ length: instances }, (_, index) => `i${index}`);
    ledger = new SharedLedger(clock, rate, () => names);
    lanes = names.map(
      (name) =>
        new ApiBudget('api', ledger, clock, {
          instance: name,
          longestCallMs: 25_000,
          longestPreparationMs: 15_000,
          onLearned: () => undefined,
        }),
    );
    calls = [];
  }

  /** Calls as soon as it may, and takes a while for it. */
  async function call(
    lane: ApiBudget,
    load: TestLoad,
    outcome: CallOutcome = answered,
    tookMs = 20,
  ): Promise<string> {
    try {
      const grant = await lane.acquire(load);
      calls.push({ at: clock.now(), key: load.key });
      clock.after(tookMs, () => void grant.finish(outcome));
      return 'called';
    } catch (error) {
      return error instanceof BudgetRefused
        ? error.because
        : error instanceof Unwanted
          ? 'unwanted'
          : String(error);
    }
  }

  const ask = (key: string, consumer = 'a', waitMs = 15_000, priority?: 'revalidation' | 'background') =>
    new TestLoad(key).ask(clock, consumer, waitMs, priority);

  function busiest(windowMs: number): number {
    return Math.max(
      0,
      ...calls.map(({ at }) => calls.filter((c) => c.at >= at && c.at < at + windowMs).length),
    );
  }

  it('lets the whole window through at once, and nothing more until it is over', async () => {
    for (let index = 0; index < 7; index += 1) void call(lanes[0]!, ask(`k${index}`, 'a', 70_000));
    await clock.run(60_000);
    expect(calls).toHaveLength(5);
    await clock.run(1_000);
    expect(calls).toHaveLength(7);
    expect(busiest(60_000)).toBeLessThanOrEqual(5);
  });

  it('refuses at once what cannot be served in time, each with a time of its own, and works it off', async () => {
    const loads = Array.from({ length: 12 }, (_, index) => ask(`k${index}`));
    for (const load of loads) void call(lanes[0]!, load);
    await clock.run(100);
    const times = loads.flatMap(({ refusals }) => refusals.map((error) => (error as BudgetRefused).retryAt));
    expect(times).toHaveLength(7);
    expect(new Set(times.map((at) => Math.round((at - clock.now()) / 60_000)))).toEqual(
      new Set([1, 2, 3, 4]),
    );
    // Nobody else wants the other turns, so the work is done before its time.
    await clock.run(130_000);
    expect(calls.map(({ key }) => key)).toEqual(loads.map(({ key }) => key));
  });

  it('serves a waiting consumer before work that was left behind', async () => {
    for (let index = 0; index < 8; index += 1) void call(lanes[0]!, ask(`k${index}`));
    await clock.run(50_000);
    void call(lanes[0]!, ask('late', 'b'));
    await clock.run(11_000);
    expect(calls.map(({ key }) => key).slice(5, 7)).toContain('late');
    expect(calls).toHaveLength(9);
  });

  it('keeps the place of whoever comes back', async () => {
    const loads = Array.from({ length: 10 }, (_, index) => ask(`k${index}`));
    for (const load of loads) void call(lanes[0]!, load);
    await clock.run(59_900);
    for (let index = 0; index < 5; index += 1) void call(lanes[0]!, ask(`new${index}`, `c${index}`));
    loads[6]!.ask(clock, 'a', 15_000);
    await clock.run(1_500);
    expect(calls.map(({ key }) => key)).toContain('k6');
  });

  it('keeps turns free for others, however much work one consumer left behind', async () => {
    for (let index = 0; index < 1_000; index += 1) void call(lanes[0]!, ask(`g${index}`, 'greedy'));
    await clock.run(50_000);
    for (let minute = 0; minute < 3; minute += 1) {
      void call(lanes[0]!, ask(`single-${minute}`, 'modest'));
      await clock.run(15_000);
      expect(calls.map(({ key }) => key)).toContain(`single-${minute}`);
      await clock.run(45_000);
    }
    expect(calls).toHaveLength(20);
  });

  it('tells each of those whose work it cannot keep a time of its own', async () => {
    const loads = Array.from({ length: 100 }, (_, index) => ask(`g${index}`, 'greedy'));
    for (const load of loads) void call(lanes[0]!, load);
    await clock.run(100);
    const times = loads.flatMap(({ refusals }) => refusals.map((error) => (error as BudgetRefused).retryAt));
    const perMinute = times.map((at) => times.filter((other) => Math.abs(other - at) < 30_000).length);
    expect(times).toHaveLength(95);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(5 + 2);
  });

  it('lets another instance take the place over', async () => {
    setUp(2);
    const loads = Array.from({ length: 8 }, (_, index) => ask(`k${index}`));
    const results = loads.map((load) => call(lanes[0]!, load));
    await clock.run(55_000);
    void call(lanes[1]!, ask('k6', 'a', 15_000));
    await clock.run(10_000);
    expect(calls.filter(({ key }) => key === 'k6')).toHaveLength(1);
    expect(await results[6]).toBe('unwanted');
  });

  it('gives the place of a caller that hangs up to the next', async () => {
    for (let index = 0; index < 5; index += 1) void call(lanes[0]!, ask(`k${index}`));
    await clock.run(50_000);
    const first = ask('first');
    const gone = call(lanes[0]!, first);
    await clock.run(10);
    first.hangUp();
    await clock.run(10);
    expect(await gone).toBe('unwanted');
    void call(lanes[0]!, ask('second'));
    await clock.run(11_000);
    expect(calls.map(({ key }) => key)).not.toContain('first');
    expect(calls.map(({ key }) => key)).toContain('second');
  });

  it('does not let a greedy consumer delay another by more than its share', async () => {
    for (let index = 0; index < 1_000; index += 1) void call(lanes[0]!, ask(`g${index}`, 'greedy', 600_000));
    await clock.run(30_000);
    void call(lanes[0]!, ask('single', 'modest', 40_000));
    await clock.run(31_000);
    expect(calls.map(({ key }) => key).slice(5, 7)).toContain('single');
  });

  it('paces background calls and keeps them away from consumers', async () => {
    for (let index = 0; index < 20; index += 1)
      void call(lanes[0]!, ask(`b${index}`, '', 900_000, 'background'));
    await clock.run(60_000);
    const gaps = calls.slice(1).map(({ at }, index) => at - calls[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(12_000);
    expect(calls.length).toBeGreaterThanOrEqual(4);
    void call(lanes[0]!, ask('consumer'));
    await clock.run(13_000);
    expect(calls.map(({ key }) => key)).toContain('consumer');
  });

  it('never lets background starve for ever', async () => {
    void call(lanes[0]!, ask('b', '', 3_600_000, 'background'));
    for (let index = 0; index < 40; index += 1) void call(lanes[0]!, ask(`k${index}`, 'a', 3_600_000));
    await clock.run(6 * 60_000);
    expect(calls.map(({ key }) => key)).toContain('b');
  });

  it('stops after a 429 for as long as it says, and goes on right after', async () => {
    void call(lanes[0]!, ask('k0'), { kind: 'throttled', pauseMs: 10_000, named: null });
    await clock.run(100);
    void call(lanes[0]!, ask('k1'));
    await clock.run(9_800);
    expect(calls).toHaveLength(1);
    await clock.run(300);
    expect(calls).toHaveLength(2);
  });

  it('makes one call at a time for one key, wherever it is asked', async () => {
    setUp(3);
    const loads = lanes.map(() => ask('same'));
    lanes.forEach((lane, index) => void call(lane, loads[index]!, answered, 2_000));
    await clock.run(1_900);
    expect(calls).toHaveLength(1);
    // The result is told meanwhile: the others need no call any more.
    loads.slice(1).forEach((load) => load.hangUp());
    await clock.run(30_000);
    expect(calls).toHaveLength(1);
  });

  it('calls for a key again when the instance that did so is lost', async () => {
    setUp(2);
    void call(lanes[0]!, ask('same'), answered, 1e9);
    await clock.run(100);
    void call(lanes[1]!, ask('same'));
    await clock.run(5_000);
    expect(calls).toHaveLength(1);
    names.shift();
    await clock.run(1_100);
    expect(calls).toHaveLength(2);
  });

  it('refuses what waits when it is closed, and whatever comes after', async () => {
    for (let index = 0; index < 5; index += 1) void call(lanes[0]!, ask(`k${index}`));
    const waiting = call(lanes[0]!, ask('waiting', 'a', 70_000));
    await clock.run(100);
    lanes[0]!.close();
    expect(await waiting).toBe('budget');
    expect(await call(lanes[0]!, ask('late'))).toBe('budget');
    expect(calls).toHaveLength(5);
  });

  it('neither waits for nor pays for a call that it was granted without learning of it', async () => {
    ledger.losesReply = true;
    void call(lanes[0]!, ask('same'));
    await clock.run(100);
    ledger.losesReply = false;
    expect(calls).toHaveLength(1);
    void call(lanes[0]!, ask('same'));
    await clock.run(1_000);
    expect(calls).toHaveLength(2);
    // Nobody was told of that grant, so nothing was sent with it.
    expect(ledger.accounts.get('api')?.slots).toHaveLength(2);
  });

  it('learns a lower limit that HSS names', async () => {
    void call(lanes[0]!, ask('k0'), {
      kind: 'throttled',
      pauseMs: 1_000,
      named: { limit: 2, windowMs: 60_000 },
    });
    await clock.run(1_100);
    for (let index = 1; index < 5; index += 1) void call(lanes[0]!, ask(`k${index}`, 'a', 58_000));
    await clock.run(30_000);
    expect(calls).toHaveLength(2);
  });

  it('keeps to its own limit besides a slower one that HSS names for a longer window', async () => {
    const named = { limit: 200, windowMs: 3_600_000 };
    void call(lanes[0]!, ask('k0'), { kind: 'throttled', pauseMs: 1_000, named });
    await clock.run(1_100);
    for (let index = 1; index < 60; index += 1) void call(lanes[0]!, ask(`k${index}`, 'a', 58_000));
    await clock.run(58_000);
    expect(busiest(60_000)).toBe(5);
  });

  it('holds a grant against a 429 that came since', async () => {
    const [first, second] = await Promise.all([lanes[0]!.acquire(ask('k0')), lanes[0]!.acquire(ask('k1'))]);
    expect(await second.mayStill()).toBe(true);
    void first.finish({ kind: 'throttled', pauseMs: 5_000, named: null });
    expect(await second.mayStill()).toBe(false);
    void second.finish({ kind: 'unused' });
    await clock.run(10);
    expect(ledger.accounts.get('api')?.slots).toHaveLength(1);
  });

  it('holds a grant of one instance against a 429 that another had', async () => {
    setUp(2);
    const [first, second] = await Promise.all([lanes[0]!.acquire(ask('k0')), lanes[1]!.acquire(ask('k1'))]);
    void first.finish({ kind: 'throttled', pauseMs: 5_000, named: null });
    await clock.run(300);
    expect(await second.mayStill()).toBe(false);
  });

  it('takes a grant back that is too old to be sent', async () => {
    const grant = await lanes[0]!.acquire(ask('k0'));
    await clock.run(15_100);
    expect(await grant.mayStill()).toBe(false);
  });

  it('forgets what a consumer asked for in vain', async () => {
    for (let index = 0; index < 300; index += 1) void call(lanes[0]!, ask(`g${index}`, 'burst'));
    await clock.run(12 * 60_000);
    for (let index = 0; index < 100; index += 1) {
      void call(lanes[0]!, ask(`b${index}`, 'busy', 3_600_000));
      void call(lanes[0]!, ask(`c${index}`, 'busier', 3_600_000));
    }
    const before = calls.length;
    void call(lanes[0]!, ask('single', 'burst', 3_600_000));
    await clock.run(130_000);
    expect(calls.slice(before, before + 8).map(({ key }) => key)).toContain('single');
  });

  it('serves a modest consumer that joins what a greedy one waits for by its own share', async () => {
    const loads = Array.from({ length: 100 }, (_, index) => ask(`g${index}`, 'greedy', 3_600_000));
    for (const load of loads) void call(lanes[0]!, load);
    await clock.run(100);
    loads[60]!.ask(clock, 'modest', 3_600_000);
    await clock.run(61_000);
    expect(calls.map(({ key }) => key)).toContain('g60');
  });

  it('makes one call of a key that two instances want', async () => {
    setUp(2);
    const second = ask('same', 'b');
    void call(lanes[0]!, ask('same', 'a'), answered, 2_000);
    await clock.run(1);
    void call(lanes[1]!, second);
    await clock.run(1_900);
    expect(calls).toHaveLength(1);
    second.hangUp();
    await clock.run(5_000);
    expect(calls).toHaveLength(1);
  });

  it('keeps what was left behind while the breaker is open', async () => {
    for (let index = 0; index < 8; index += 1) void call(lanes[0]!, ask(`k${index}`));
    await clock.run(1_000);
    const account = ledger.accounts.get('api')!;
    account.breaker = {
      failures: { i0: 3 },
      openUntil: clock.now() + 5_000,
      only: null,
      backoffMs: 5_000,
      trial: null,
    };
    await clock.run(70_000);
    expect(calls.map(({ key }) => key)).toEqual(expect.arrayContaining(['k5', 'k6', 'k7']));
  });

  it('opens the breaker after three failures, tries once after the back-off, and closes on success', async () => {
    for (let index = 0; index < 3; index += 1) {
      void call(lanes[0]!, ask(`f${index}`), { kind: 'failed', wantsRetry: false, isAnswered: true });
      await clock.run(100);
    }
    expect(await call(lanes[0]!, ask('x'))).toBe('breaker');
    await clock.run(5_000);
    const trials = [call(lanes[0]!, ask('t0')), call(lanes[0]!, ask('t1'))];
    await clock.run(0);
    expect(calls).toHaveLength(4);
    await clock.run(1_000);
    expect(await Promise.all(trials)).toEqual(['called', 'called']);
  });

  it('does not let one instance with a broken network open the breaker for all', async () => {
    setUp(2);
    for (let index = 0; index < 4; index += 1) {
      void call(lanes[0]!, ask(`f${index}`), { kind: 'failed', wantsRetry: false, isAnswered: true });
      await clock.run(100);
    }
    void call(lanes[1]!, ask('fine'));
    await clock.run(100);
    expect(calls.map(({ key }) => key)).toContain('fine');
  });

  it('does not take one failure of another for agreement', async () => {
    setUp(2);
    for (let index = 0; index < 4; index += 1) {
      void call(lanes[0]!, ask(`f${index}`), { kind: 'failed', wantsRetry: false, isAnswered: true });
      await clock.run(100);
    }
    void call(lanes[1]!, ask('one'), { kind: 'failed', wantsRetry: false, isAnswered: true });
    await clock.run(100);
    expect(ledger.accounts.get('api')?.breaker.only).toBe('i0');
  });

  it('tries again when the instance that tried is lost', async () => {
    setUp(2, { limit: 10, windowMs: 60_000 });
    for (const lane of [0, 1, 0, 1]) {
      void call(lanes[lane]!, ask(`f${calls.length}`), {
        kind: 'failed',
        wantsRetry: false,
        isAnswered: true,
      });
      await clock.run(100);
    }
    await clock.run(5_000);
    await lanes[0]!.acquire(ask('trial'));
    names = ['i1'];
    void call(lanes[1]!, ask('next'));
    await clock.run(1_000);
    expect(calls.map(({ key }) => key)).toContain('next');
  });

  it.each([
    ['as long again as it was waited for, for nobody knows when it arrives', false, 4_000],
    ['no longer where HSS has answered', true, 0],
  ])('counts a call that failed %s', async (_, isAnswered, addedMs) => {
    setUp(1, { limit: 1, windowMs: 60_000 });
    void call(lanes[0]!, ask('given up'), { kind: 'failed', wantsRetry: false, isAnswered }, 4_000);
    await clock.run(5_000);
    void call(lanes[0]!, ask('next', 'a', 70_000));
    await clock.run(59_000 + addedMs - 100);
    expect(calls).toHaveLength(1);
    await clock.run(200);
    expect(calls).toHaveLength(2);
  });

  it('calls for a key again soon after a call for it was given up', async () => {
    void call(lanes[0]!, ask('same'), { kind: 'failed', wantsRetry: false, isAnswered: false }, 10_000);
    await clock.run(10_400);
    void call(lanes[0]!, ask('same'));
    await clock.run(50);
    expect(calls).toHaveLength(1);
    await clock.run(1_500);
    expect(calls).toHaveLength(2);
  });

  it('never lets more than the limit arrive in any window, whatever is asked when and by whom', async () => {
    const request = fc.record({
      atMs: fc.nat(120_000),
      lane: fc.nat(2),
      consumer: fc.constantFrom('a', 'b', 'c'),
      waitMs: fc.integer({ min: 0, max: 60_000 }),
      tookMs: fc.integer({ min: 0, max: 9_000 }),
      kind: fc.constantFrom<CallOutcome['kind']>(
        'answered',
        'answered',
        'failed',
        'unknown',
        'unused',
        'throttled',
      ),
      isAnswered: fc.boolean(),
      hangsUp: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (requests, size) => {
          setUp(3, { limit: size, windowMs: 10_000 });
          const arrivals: number[] = [];
          for (const { atMs, lane, consumer, waitMs, tookMs, kind, isAnswered, hangsUp } of requests)
            clock.after(atMs, () => {
              const load = ask(`${atMs}`, consumer, waitMs);
              if (hangsUp) clock.after(waitMs / 2, () => load.hangUp());
              lanes[lane]!.acquire(load).then(
                (grant) => {
                  if (kind === 'unused') return void grant.finish({ kind });
                  // It can arrive at any moment while it is under way, and, given up, for as long again: the two
                  // extremes in turn.
                  const latestMs = kind === 'failed' && !isAnswered ? 2 * tookMs : tookMs;
                  clock.after(atMs % 2 === 0 ? 0 : latestMs, () => arrivals.push(clock.now()));
                  const outcome: CallOutcome =
                    kind === 'failed'
                      ? { kind, wantsRetry: false, isAnswered }
                      : kind === 'throttled'
                        ? { kind, pauseMs: 3_000, named: null }
                        : { kind };
                  clock.after(tookMs, () => void grant.finish(outcome));
                },
                () => undefined,
              );
            });
          await clock.run(300_000);
          const busiestWindow = Math.max(
            0,
            ...arrivals.map((at) => arrivals.filter((other) => other >= at && other < at + 10_000).length),
          );
          expect(busiestWindow).toBeLessThanOrEqual(size);
        },
      ),
      { numRuns: 60 },
    );
  });
});
