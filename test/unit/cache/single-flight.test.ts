import { describe, expect, it } from '@jest/globals';
import type { ReadContext } from '../../../src/cache/read-context.js';
import { Flight, type Elsewhere } from '../../../src/cache/flight.js';
import { BudgetRefused } from '../../../src/budget/budget-errors.js';
import { CallerGone, Deadline, DeadlineExceeded } from '../../../src/time/deadline.js';
import { settled } from '../../support/cache-reading.js';
import { patienceMs, setUpFlights } from '../../support/flights.js';

describe('single flight', () => {
  it('shares one load among concurrent callers, and starts anew afterwards', async () => {
    const { flights, held, ask } = setUpFlights();
    const callers = [ask(), ask(), ask()];
    await settled();
    expect(flights.get('key')).toBe(held.last);
    held.end('one');
    expect(await Promise.all(callers.map(({ answer }) => answer))).toEqual(['one', 'one', 'one']);
    expect(held.starts).toHaveLength(1);
    expect(flights.get('key')).toBeUndefined();
    const next = ask();
    await settled();
    held.end('two');
    expect(await next.answer).toBe('two');
  });

  it('shares a failure among callers, and does not remember it', async () => {
    const { held, ask } = setUpFlights();
    const callers = Array.from({ length: 20 }, () => ask().answer);
    const failure = new Error('HSS is down');
    await settled();
    held.fail(failure);
    expect(new Set(await Promise.all(callers))).toEqual(new Set([failure]));
    expect(held.starts).toHaveLength(1);
    const next = ask();
    await settled();
    held.end('up again');
    expect(await next.answer).toBe('up again');
  });

  it('keeps keys apart', async () => {
    const { held, ask } = setUpFlights();
    const both = [ask({ key: 'a' }), ask({ key: 'b' })];
    await settled();
    expect(held.starts.map(({ key }) => key)).toEqual(['a', 'b']);
    held.end('a');
    held.end('b');
    expect(await Promise.all(both.map(({ answer }) => answer))).toEqual(['a', 'b']);
  });

  it.each([
    ['for the shortest fresh life', {}, 54_000],
    ['for the least max-age of its callers', { maxAgeMs: 20_000 }, 20_000],
    ['for ten seconds at least', { maxAgeMs: 1_000 }, 10_000],
  ])('serves its callers %s', async (_, demand, servesForMs) => {
    const { held, ask } = setUpFlights();
    const answers = [ask({ demand }), ask()].map(({ answer }) => answer);
    await settled();
    expect(held.starts[0]!.servesForMs).toBe(servesForMs);
    held.end('key');
    await Promise.all(answers);
  });

  it('ignores a late result of another instance after a load failed', async () => {
    const { held } = setUpFlights();
    let answer: (result: Elsewhere<string>) => void = () => undefined;
    const flight = new Flight('key', held.load, () => new Promise((resolve) => (answer = resolve)), 60_000);
    const looked = flight.lookAgain();
    await settled();
    held.fail(new Error('refused here'));
    await expect(flight.result).rejects.toThrow('refused here');
    // An unhandled rejection would end the process, and fails this test.
    answer({ error: new Error('failed elsewhere') });
    await looked;
    await settled();
    await expect(flight.result).rejects.toThrow('refused here');
  });

  it('shows the load its callers, and how long each waits', async () => {
    const { clock, held, ask } = setUpFlights();
    ask({ consumer: 'impatient', waitMs: 1_000 });
    ask({ consumer: 'sync', priority: 'background' });
    await settled();
    clock.advance(400);
    const [impatient, sync] = [...held.last.callers];
    expect(impatient).toMatchObject({ consumer: 'impatient', priority: 'waiting' });
    expect(sync).toMatchObject({ consumer: 'sync', priority: 'background' });
    expect(impatient?.remainingMs()).toBeGreaterThan(400);
    expect(impatient?.remainingMs()).toBeLessThanOrEqual(600);
    held.end('value');
  });

  it('notifies the load when a caller comes or goes', async () => {
    const { held, ask } = setUpFlights();
    ask();
    await settled();
    const counts: number[] = [];
    held.last.onChange(() => counts.push(held.last.callers.size));
    const second = ask();
    second.hangUp();
    await second.answer;
    expect(counts).toEqual([2, 1]);
    held.end('value');
  });

  it('continues for the other callers when one hangs up', async () => {
    const { held, ask } = setUpFlights();
    const gone = ask();
    const stays = ask();
    await settled();
    gone.hangUp();
    expect(await gone.answer).toBeInstanceOf(CallerGone);
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
    expect(await stays.answer).toBe('value');
  });

  it('refuses one caller alone', async () => {
    const { held, ask } = setUpFlights();
    const refused = ask({ consumer: 'refused' });
    const stays = ask();
    await settled();
    const refusal = new BudgetRefused('budget', 0);
    [...held.last.callers].find(({ consumer }) => consumer === 'refused')?.refuse(refusal);
    expect(await refused.answer).toBe(refusal);
    expect(held.last.callers.size).toBe(1);
    held.end('value');
    expect(await stays.answer).toBe('value');
  });

  it('makes a load unwanted, without ending it, when the last caller hangs up', async () => {
    const { flights, held, ask } = setUpFlights();
    const callers = [ask(), ask()];
    await settled();
    callers[0]?.hangUp();
    await callers[0]?.answer;
    expect(held.last.isUnwanted).toBe(false);
    callers[1]?.hangUp();
    await callers[1]?.answer;
    expect(held.last).toMatchObject({ isUnwanted: true, callers: new Set() });
    expect(flights.get('key')).toBe(held.last);
    held.end('for the next caller');
  });

  it('keeps a load wanted after a caller ran out of time', async () => {
    const { clock, flights, held, ask } = setUpFlights();
    const impatient = ask({ waitMs: 1_000 });
    await settled();
    clock.advance(1_000);
    expect(await impatient.answer).toBeInstanceOf(DeadlineExceeded);
    expect(held.last).toMatchObject({ isUnwanted: false, callers: new Set() });
    expect(flights.get('key')).toBe(held.last);
    held.end('value');
  });

  it('keeps a load wanted after a refusal, even if the next caller hangs up', async () => {
    const { held, ask } = setUpFlights();
    const refused = ask();
    await settled();
    for (const caller of held.last.callers) caller.refuse(new BudgetRefused('budget', 0));
    await refused.answer;
    const gone = ask();
    gone.hangUp();
    await gone.answer;
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
  });

  it('makes a load wanted again for a caller that joins in time', async () => {
    const { held, ask } = setUpFlights();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    const late = ask();
    expect(held.last.isUnwanted).toBe(false);
    held.end('value');
    expect(await late.answer).toBe('value');
    expect(held.starts).toHaveLength(1);
  });

  it('starts a new load for late callers when the old one is given up', async () => {
    const { held, ask } = setUpFlights();
    const gone = ask();
    await settled();
    gone.hangUp();
    await gone.answer;
    const late = [ask(), ask()];
    held.giveUp();
    await settled();
    expect(held.starts).toHaveLength(2);
    held.end('value');
    expect(await Promise.all(late.map(({ answer }) => answer))).toEqual(['value', 'value']);
  });

  it('starts no load for a caller whose time is over', async () => {
    const { clock, flights, held, start } = setUpFlights();
    const deadline = new Deadline(clock, patienceMs);
    deadline.end(new Error('late'));
    const readContext: ReadContext = { consumer: 'reader', priority: 'waiting', demand: {}, deadline };
    await expect(flights.run('key', () => start('key'), readContext)).rejects.toThrow('late');
    await settled();
    expect(held.starts).toHaveLength(0);
  });

  it('keeps a late caller waiting for the load that it joined', async () => {
    const { clock, held, ask } = setUpFlights();
    const impatient = ask();
    clock.advance(patienceMs - 1_000);
    const late = ask();
    clock.advance(1_000);
    expect(await impatient.answer).toBeInstanceOf(DeadlineExceeded);
    clock.advance(patienceMs - 2_000);
    held.end('value');
    expect(await late.answer).toBe('value');
    expect(held.starts).toHaveLength(1);
  });

  it('leaves no timer behind, however its callers leave', async () => {
    const { clock, held, ask } = setUpFlights();
    const callers = [ask(), ask(), ask({ waitMs: 1_000 })];
    await settled();
    callers[0]?.hangUp();
    clock.advance(1_000);
    held.end('value');
    await Promise.all(callers.map(({ answer }) => answer));
    expect(clock.pendingTimers).toBe(0);
  });
});
