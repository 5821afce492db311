import { describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '../../../src/budget/call-outcome.js';
import { LedgerSimulation, swift, type SimulatedInstance } from '../../support/ledger-simulation.js';

const windowMs = 60_000;
const rate = { limit: 5, windowMs };
/** Longer than any wait of a test, so that a call is made as soon as it may. */
const patienceMs = 20 * windowMs;

function fleetOf(fleetSize: number): LedgerSimulation {
  return new LedgerSimulation(rate, fleetSize, () => 0.5);
}

async function three(fleetSize = 1): Promise<[LedgerSimulation, SimulatedInstance[]]> {
  const fleet = fleetOf(fleetSize);
  return [fleet, await fleet.joined('a', 'b', 'c')];
}

async function after<T>(fleet: LedgerSimulation, ms: number, work: Promise<T>): Promise<T> {
  const [result] = await Promise.all([work, fleet.clock.run(ms)]);
  return result;
}

describe('a fleet whose Redis is killed', () => {
  it('answers the first cold key of each instance at once', async () => {
    const [fleet, members] = await three();
    expect((await after(fleet, 500, members[0]!.ask(15_000))).how).toBe('called');
    await fleet.clock.run(1_000);
    fleet.killRedis();
    const asked = await after(fleet, 1_000, Promise.all(members.map((member) => member.ask(15_000))));
    expect(asked.map(({ how }) => how)).toEqual(['called', 'called', 'called']);
    expect(Math.max(...asked.map(({ afterMs }) => afterMs))).toBeLessThan(200);
    expect(fleet.busiest).toBe(4);
  });

  it('lets an instance call again a window after its call', async () => {
    const [fleet, [a]] = await three();
    fleet.killRedis();
    await after(fleet, 1_000, a!.ask(15_000));
    const { how, afterMs } = await after(fleet, 2 * windowMs, a!.ask(patienceMs));
    expect(how).toBe('called');
    expect(afterMs).toBeLessThan(windowMs + 100);
    expect(fleet.busiest).toBe(1);
  });

  it('refuses when the rate is used up, names the true time, and keeps it', async () => {
    const [fleet, [a, b]] = await three();
    await after(fleet, 2_000, Promise.all(Array.from({ length: 5 }, () => a!.ask(15_000))));
    expect(fleet.calls).toHaveLength(5);
    fleet.killRedis();
    const refusals = await after(fleet, 2_000, Promise.all([a!, b!].map((member) => member.ask(15_000))));
    await fleet.clock.run(2 * windowMs);
    refusals.forEach(({ how, retryAt }, index) => {
      // The work stays queued, and its call is made at the named time.
      const { at } = fleet.calls.filter(({ by }) => by === 'ab'[index]).at(-1)!;
      expect(how).toBe('budget');
      expect(Math.abs(at - retryAt!)).toBeLessThan(1_000);
      expect(at - fleet.clock.now() + 2 * windowMs).toBeLessThan(windowMs + fleet.longestCallMs + 2_000);
    });
    expect(fleet.busiest).toBe(5);
  });
});

describe('an instance without a share whose Redis is killed', () => {
  it.each<[string, string[], number]>([
    ['the sixth at five calls', ['a', 'b', 'c', 'd', 'e', 'f'], 3_000],
    ['one that has just joined', ['a', 'b'], 20],
  ])('refuses with a time, and calls when Redis is back: %s', async (_, names, sharedForMs) => {
    const fleet = fleetOf(1);
    await fleet.joined(...names.slice(0, -1));
    const last = fleet.join(names.at(-1)!);
    await fleet.clock.run(sharedForMs);
    fleet.killRedis();
    const asked = await after(fleet, 2_000, last.ask(15_000));
    expect(asked.how).toBe('budget');
    expect(Math.abs(asked.retryAt! - fleet.clock.now() - windowMs)).toBeLessThan(2_500);
    await fleet.clock.run(windowMs / 2);
    expect(fleet.calls).toEqual([]);
    fleet.redis.start(false);
    await fleet.clock.run(5_000);
    expect(fleet.calls.map(({ by }) => by)).toEqual([names.at(-1)]);
  });

  it('has a share a second after it joined', async () => {
    const fleet = fleetOf(1);
    await fleet.joined('a');
    const b = fleet.join('b');
    await fleet.clock.run(1_000);
    fleet.killRedis();
    expect((await after(fleet, 1_000, b.ask(15_000))).how).toBe('called');
  });
});

describe('a fleet at rest', () => {
  it('reads no account while nothing changes', async () => {
    const [fleet, [a]] = await three();
    const { reads } = fleet.redis;
    await fleet.clock.run(10_000);
    expect(fleet.redis.reads).toBe(reads);
    expect((await after(fleet, 500, a!.ask(15_000))).how).toBe('called');
  });

  it('hardly reads the account while refreshes wait', async () => {
    const [fleet, members] = await three();
    for (let calls = 0; calls < 5; calls += 1) void members[0]!.ask(15_000);
    await fleet.clock.run(3_000);
    for (const member of members) void member.ask(patienceMs, swift, 'background');
    await fleet.clock.run(3_000);
    const { reads } = fleet.redis;
    await fleet.clock.run(30_000);
    // Each instance looks every three seconds for the turn of its own load.
    expect(fleet.redis.reads - reads).toBeLessThan(3 * 15);
  });

  it.each([
    ['it loses its data', (fleet: LedgerSimulation) => fleet.redis.flush()],
    ['it is replaced', (fleet: LedgerSimulation) => fleet.redis.start(false)],
    ['its clock is set', (fleet: LedgerSimulation) => (fleet.redis.stepMs = 3_600_000)],
  ])('restores the account in Redis when %s', async (_, harm) => {
    const [fleet, [a]] = await three();
    for (let calls = 0; calls < 5; calls += 1) void a!.ask(15_000);
    await fleet.clock.run(3_000);
    harm(fleet);
    await fleet.clock.run(10_000);
    const reads = fleet.redis.reads;
    void a!.ask(patienceMs);
    await fleet.clock.run(30_000);
    expect(fleet.calls).toHaveLength(5);
    expect(fleet.redis.reads).toBeGreaterThan(reads);
  });
});

describe('an instance that is cut off from Redis', () => {
  it.each<[string, number, number]>([
    ['two windows', 1, 1.8],
    ['five windows in a fleet of known size', 3, 5],
  ])('never leads to more calls than the limit, for %s', async (_, fleetSize, windows) => {
    const [fleet, members] = await three(fleetSize);
    members[0]!.link.cut = 'both';
    const endsAt = fleet.clock.now() + windows * windowMs;
    while (fleet.clock.now() < endsAt) {
      for (const member of members) void member.ask(patienceMs);
      await fleet.clock.run(12_000);
    }
    expect(fleet.busiest).toBeLessThanOrEqual(5);
    expect(new Set(fleet.calls.map(({ by }) => by))).toEqual(new Set(['a', 'b', 'c']));
  });

  const told = (remain: number): CallOutcome => ({ kind: 'answered', hint: { remain, named: rate } });
  const throttled: CallOutcome = { kind: 'throttled', pauseMs: 1_000, named: null };

  it.each<[string, number, CallOutcome, number]>([
    ['stops after a 429', 1, throttled, 1],
    ['stops when HSS tells of more calls than instances without Redis make', 1, told(1), 1],
    ['goes on when HSS tells of the calls of instances without Redis', 1, told(2), 3],
    ['goes on after a 429 in a fleet of known size', 3, throttled, 3],
  ])('%s', async (_, fleetSize, outcome, calls) => {
    const [fleet, [a]] = await three(fleetSize);
    a!.link.cut = 'both';
    void a!.ask(15_000, { ...swift, outcome });
    await fleet.clock.run(3_000);
    void a!.ask(patienceMs);
    await fleet.clock.run(1.5 * windowMs);
    void a!.ask(patienceMs);
    await fleet.clock.run(1.5 * windowMs);
    expect(fleet.calls).toHaveLength(calls);
    a!.link.cut = 'none';
    await fleet.clock.run(windowMs);
    expect(fleet.calls).toHaveLength(3);
  });

  it('holds up the others for a second at most', async () => {
    const [fleet, [a, b]] = await three();
    await after(fleet, 2_000, Promise.all(Array.from({ length: 5 }, () => a!.ask(15_000))));
    const freeAt = fleet.calls[0]!.at + windowMs;
    void a!.ask(patienceMs);
    await fleet.clock.run(freeAt - 200 - fleet.clock.now());
    a!.link.cut = 'both';
    void b!.ask(patienceMs);
    await fleet.clock.run(10_000);
    expect(fleet.calls.at(-1)!.by).toBe('b');
    expect(fleet.calls.at(-1)!.at - freeAt).toBeLessThan(2_000);
  });

  it('makes no call while a silent instance may use the whole rate', async () => {
    const fleet = new LedgerSimulation({ limit: 1, windowMs }, 2, () => 0.5);
    const [a, b] = await fleet.joined('a', 'b');
    a!.pause();
    await fleet.clock.run(2.5 * windowMs);
    b!.link.cut = 'both';
    void b!.ask(patienceMs);
    await fleet.clock.run(3_000);
    a!.resume();
    void a!.ask(15_000);
    await fleet.clock.run(3_000);
    expect(fleet.calls.map(({ by }) => by)).toEqual(['a']);
  });

  it.each<[string, string, number, number]>([
    ['replaced', 'd', 3, 3],
    ['succeeded at once by one of its name', 'a~2', 3, 3],
    ['succeeded at once in a fleet of unknown size', 'a~2', 1, 1],
    ['succeeded before anybody misses it', 'a~2', 3, 0],
  ])('leaves no unknown call when it is killed then, and %s', async (_, name, fleetSize, windows) => {
    const fleet = fleetOf(fleetSize);
    const [a] = await fleet.joined('a~1', 'b~1', 'c~1');
    a!.link.cut = 'both';
    await fleet.clock.run(windows * windowMs);
    void a!.ask(15_000);
    await fleet.clock.run(500);
    a!.kill();
    const d = fleet.join(name);
    for (let calls = 0; calls < 10; calls += 1) void d.ask(patienceMs);
    await fleet.clock.run(2 * windowMs);
    expect(fleet.calls[0]!.by).toBe('a~1');
    expect(fleet.busiest).toBe(5);
  });
});
